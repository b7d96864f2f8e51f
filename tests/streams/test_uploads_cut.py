"""Uploads over the wire: another's client, two web servers, a cut connection, a `kill -9`."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from tusclient.client import TusClient

from tests.accounts.builders import Caller
from tests.conftest import TOUCHED
from tests.services import free_port, server, wait_until
from tests.streams.uploading import PIECE

pytestmark = [pytest.mark.django_db, pytest.mark.waits]

CONTENT = os.urandom(3 << 20)
PIECE_BYTES = 1 << 20


@dataclass
class Web:
    url: str
    process: subprocess.Popen[bytes]

    @property
    def uploads(self) -> str:
        return f"{self.url}/api/v1/recordings/uploads"


@pytest.fixture(scope="module")
def spool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uploads") / "spool"


@pytest.fixture(scope="module")
def webs(spool: Path) -> Iterator[list[Web]]:
    """Two web servers that share nothing but the stores and the spool."""
    with ExitStack() as stack:
        yield [stack.enter_context(a_web(spool, nth)) for nth in range(2)]


@pytest.fixture(scope="module")
def web(spool: Path) -> Iterator[Web]:
    with a_web(spool, 3, settings="tests.streams.hurried") as hurried:
        yield hurried


@pytest.fixture(autouse=True)
def _forget_what_the_webs_wrote() -> Iterator[None]:
    """What another process wrote nobody here hears of, so nobody would empty it."""
    yield
    TOUCHED.names |= {"uploads", "broadcasts", "recordings"}


@pytest.fixture
def phone() -> Caller:
    return Caller("ada")


@contextmanager
def a_web(spool: Path, nth: int, *, settings: str = "config.settings.test") -> Iterator[Web]:
    port = free_port()
    command = [sys.executable, "manage.py", "web", "--port", str(port), "--threads", "1"]
    variables = {"UPLOADS_DIRECTORY": str(spool), "DJANGO_SETTINGS_MODULE": settings}
    with server("The web", command, port, spool.parent / f"web{nth}.log", **variables) as process:
        yield Web(f"http://127.0.0.1:{port}", process)


class TestUpload:
    def test_by_another_hands_client_arrives_whole(
        self, webs: list[Web], phone: Caller, spool: Path, tmp_path: Path
    ) -> None:
        video = tmp_path / "day.mov"
        video.write_bytes(CONTENT)
        client = TusClient(webs[0].uploads, headers={"Authorization": f"Bearer {phone.token}"})

        uploader = client.uploader(
            str(video), chunk_size=PIECE_BYTES, metadata={"title": "A day"}, upload_checksum=True
        )
        uploader.upload()

        url = str(uploader.url)
        assert sha256(spool, url) == hashlib.sha256(CONTENT).hexdigest()
        assert state(webs[1], phone, url) == ("checking", 100)

    def test_that_was_cut_goes_on_elsewhere(
        self, webs: list[Web], phone: Caller, spool: Path, tmp_path: Path
    ) -> None:
        video = tmp_path / "day.mov"
        video.write_bytes(CONTENT)
        url = begin(webs[0], phone)
        cut_after(webs[0], phone, url, CONTENT[: PIECE_BYTES + 12_345])
        came = spool / url.rpartition("/")[2]
        assert wait_until(lambda: size(came) == PIECE_BYTES + 12_345, within_s=20)

        elsewhere = TusClient(webs[1].uploads, headers={"Authorization": f"Bearer {phone.token}"})
        path = urlsplit(url).path
        uploader = elsewhere.uploader(str(video), url=f"{webs[1].url}{path}")
        assert uploader.offset == PIECE_BYTES + 12_345
        uploader.upload()

        assert sha256(spool, url) == hashlib.sha256(CONTENT).hexdigest()

    def test_survives_its_web_server(self, webs: list[Web], phone: Caller, spool: Path) -> None:
        with a_web(spool, 2) as dying:
            url = begin(dying, phone)
            hanging = send(dying, phone, url, CONTENT[:PIECE_BYTES])
            came = spool / url.rpartition("/")[2]
            assert wait_until(lambda: size(came) > 0, within_s=20)

            os.killpg(dying.process.pid, signal.SIGKILL)
            hanging.close()

        path = f"{webs[1].url}{urlsplit(url).path}"
        asked = httpx.head(path, headers=headers(phone))
        offset = int(asked.headers["Upload-Offset"])
        rest = {"Upload-Offset": str(offset), "Content-Type": PIECE}
        answer = httpx.patch(path, content=CONTENT[offset:], headers=headers(phone, **rest))
        assert (offset > 0, answer.status_code) == (True, 204)
        assert sha256(spool, url) == hashlib.sha256(CONTENT).hexdigest()


class TestASlowPhone:
    """Its web has one thread, which the next request needs."""

    def test_that_trickles_is_answered_with_what_came(self, web: Web, phone: Caller) -> None:
        url = begin(web, phone)
        with send(web, phone, url, b"") as connection:
            sent, answer = trickle(connection, every_s=0.02)

        kept = offset_of(answer)
        assert answer.startswith("HTTP/1.1 204")
        assert 20 < kept <= sent
        assert httpx.head(url, headers=headers(phone)).headers["Upload-Offset"] == str(kept)

    def test_that_would_send_too_much_is_not_waited_for(self, web: Web, phone: Caller) -> None:
        url = begin(web, phone)
        told = {"Content-Length": str(len(CONTENT) + 1), "Upload-Checksum": "sha1 AAAA"}
        with send(web, phone, url, b"x", **told) as greedy:
            answer = greedy.recv(4_096).decode()

        assert answer.startswith("HTTP/1.1 413")


def trickle(connection: socket.socket, *, every_s: float) -> tuple[int, str]:
    """Send a byte now and then until an answer comes; return how many, and the answer."""
    connection.settimeout(every_s)
    for sent in range(2_000):
        try:
            return sent, connection.recv(4_096).decode()
        except TimeoutError:
            connection.sendall(CONTENT[sent : sent + 1])
    raise AssertionError("there was no answer")


def offset_of(answer: str) -> int:
    found = re.search(r"^upload-offset: (\d+)", answer, re.IGNORECASE | re.MULTILINE)
    assert found, answer
    return int(found[1])


def headers(phone: Caller, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {phone.token}", "Tus-Resumable": "1.0.0", **more}


def begin(web: Web, phone: Caller) -> str:
    answer = httpx.post(
        web.uploads, headers=headers(phone, **{"Upload-Length": str(len(CONTENT))})
    )
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


def send(web: Web, phone: Caller, url: str, part: bytes, **told: str) -> socket.socket:
    """Send the beginning of a piece that promises everything; leave the connection open."""
    promised = {"Upload-Offset": "0", "Content-Type": PIECE, "Content-Length": str(len(CONTENT))}
    promised |= told
    lines = [f"PATCH {urlsplit(url).path} HTTP/1.1", f"Host: {urlsplit(web.url).netloc}"]
    lines += [f"{name}: {value}" for name, value in headers(phone, **promised).items()]
    connection = socket.create_connection(("127.0.0.1", urlsplit(web.url).port or 0), timeout=10)
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + part)
    return connection


def cut_after(web: Web, phone: Caller, url: str, part: bytes) -> None:
    send(web, phone, url, part).close()


def state(web: Web, phone: Caller, url: str) -> tuple[str, int]:
    answer = httpx.get(f"{web.url}{urlsplit(url).path}", headers=headers(phone)).json()
    return str(answer["state"]), int(answer["progress"])


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def sha256(spool: Path, url: str) -> str:
    return hashlib.sha256((spool / url.rpartition("/")[2]).read_bytes()).hexdigest()
