"""What Wowza's adapter does beyond the contract: logins, and a server that is not well."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import sandbox
from apps.streams.adapters.wowza_engine.client import APPLICATIONS
from apps.streams.errors import EngineDown, EngineRefused
from kit.ids import new_id
from sandbox import client
from sandbox.serving import Options
from sandbox.threaded import StandIns, serving
from tests.services import free_port
from tests.streams.stages import OnWowza, a_file, a_wowza

HURRY_S = 0.5
DRIPS = 80


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    with sandbox.serve(tmp_path_factory.mktemp("sandbox")) as stand_ins:
        yield stand_ins


@pytest.fixture
def stand_ins(running: StandIns) -> StandIns:
    client.reset(running.wowza_url)
    return running


@pytest.fixture
def stage(stand_ins: StandIns, tmp_path: Path) -> OnWowza:
    return OnWowza(tmp_path, stand_ins)


class TestDisconnect:
    def test_cuts_this_publisher_only(self, stage: OnWowza) -> None:
        mine, other = new_id(), new_id()
        stage.go_on_air(mine)
        stage.go_on_air(other)

        stage.engine.disconnect(session_of(stage, mine))

        calls = [call for call in engine_calls(stage.stand_ins) if call[0] == "disconnect"]
        assert calls == [("disconnect", "live", mine, 401), ("disconnect", "live", mine, 200)]
        assert names_on_air(stage) == [other]

    def test_logs_in_by_basic_where_the_server_wants_that(self, tmp_path: Path) -> None:
        with serving(Options(directory=tmp_path, wowza_login=("basic",))) as stand_ins:
            engine = a_wowza(stand_ins, authentication="basic")

            engine.disconnect(new_id())

            statuses = [status for *_, status in engine_calls(stand_ins)]
        assert statuses == [200]

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            pytest.param({"password": "guess"}, "takes no digest login", id="password"),
            pytest.param({"authentication": "basic"}, "takes no basic login", id="method"),
            pytest.param({"application": "shows"}, "has no .*/applications/shows", id="app"),
        ],
    )
    def test_says_what_an_operator_set_wrongly(
        self, stage: OnWowza, changed: dict[str, object], why: str
    ) -> None:
        broadcast_id = new_id()
        stage.go_on_air(broadcast_id)

        with pytest.raises(EngineRefused, match=why) as refused:
            a_wowza(stage.stand_ins, **changed).disconnect(broadcast_id)

        assert "guess" not in str(refused.value)

    @pytest.mark.parametrize("status", [302, 400, 409, 429, 500, 503])
    def test_takes_no_other_answer_for_a_cut(self, stage: OnWowza, status: int) -> None:
        client.fail(stage.stand_ins.wowza_url, status=status, body={"success": False})

        with pytest.raises(EngineDown, match=f"answered {status}"):
            stage.engine.disconnect(new_id())

    @pytest.mark.parametrize(
        "below", ["incomingstreams/{}/actions/disconnectStream", "streamrecorders/{}", "keys/{}"]
    )
    def test_names_no_stream_key_when_it_fails(self, stage: OnWowza, below: str) -> None:
        client.fail(stage.stand_ins.wowza_url, status=500)

        with pytest.raises(EngineDown, match="answered 500") as failed:
            a_wowza(stage.stand_ins)._client.call(
                "PUT", f"{APPLICATIONS}/live/{below.format('secret')}"
            )

        assert "secret" not in str(failed.value)

    @pytest.mark.parametrize(
        "body", ["<html>Wowza Streaming Engine Manager</html>", [], {"success": False}]
    )
    def test_takes_no_other_server_for_the_engine(self, stage: OnWowza, body: object) -> None:
        client.fail(stage.stand_ins.wowza_url, status=200, body=body)

        with pytest.raises(EngineDown, match="answered 200"):
            stage.engine.disconnect(new_id())

    def test_may_be_tried_again_after_a_cut_connection(self, stage: OnWowza) -> None:
        broadcast_id = new_id()
        stage.go_on_air(broadcast_id)

        session_id = session_of(stage, broadcast_id)
        client.fail(stage.stand_ins.wowza_url, reset=True)
        with pytest.raises(EngineDown):
            stage.engine.disconnect(session_id)
        stage.engine.disconnect(session_id)

        assert names_on_air(stage) == []

    def test_gives_a_silent_server_up(self, stand_ins: StandIns) -> None:
        client.fail(stand_ins.wowza_url, hang_s=30)

        with pytest.raises(EngineDown, match=r"within 0\.5 s"), within(5):
            a_wowza(stand_ins, timeout_s=HURRY_S).disconnect(new_id())

    def test_gives_a_server_up_that_drips(self, stand_ins: StandIns) -> None:
        with a_dripping_server() as url:
            engine = a_wowza(stand_ins, base_url=url, timeout_s=HURRY_S)

            with pytest.raises(EngineDown, match=r"within 0\.5 s"), within(5):
                engine.disconnect(new_id())

    def test_says_that_nobody_listens(self, stand_ins: StandIns) -> None:
        engine = a_wowza(stand_ins, base_url=f"http://127.0.0.1:{free_port()}")

        with pytest.raises(EngineDown, match="ConnectError"):
            engine.disconnect(new_id())


class TestListParts:
    def test_puts_the_file_that_has_no_version_last(self, stage: OnWowza) -> None:
        broadcast_id = new_id()
        for name in (f"{broadcast_id}.mp4", f"{broadcast_id}_10.mp4", f"{broadcast_id}_9.mp4"):
            a_file(stage.folder / name)

        parts = stage.engine.list_parts(broadcast_id)

        assert [part.name.removeprefix(broadcast_id) for part in parts] == [
            *("_9.mp4", "_10.mp4", ".mp4")
        ]

    @pytest.mark.parametrize("ending", [".mp4.tmp", ".flv", "x.mp4", "_.mp4"])
    def test_leaves_what_is_no_finished_part(self, stage: OnWowza, ending: str) -> None:
        broadcast_id = new_id()
        a_file(stage.folder / f"{broadcast_id}{ending}")

        assert stage.engine.list_parts(broadcast_id) == []

    def test_tells_a_mount_that_is_away_from_no_parts(self, stand_ins: StandIns) -> None:
        engine = a_wowza(stand_ins, recordings_directory="/nowhere/recordings")

        with pytest.raises(EngineDown, match="No such file or directory"):
            engine.list_parts(new_id())

    def test_tells_that_no_mount_is_set(self, stand_ins: StandIns) -> None:
        with pytest.raises(EngineRefused, match="no recordings_directory is set"):
            a_wowza(stand_ins).list_parts(new_id())


class TestSettings:
    @pytest.mark.parametrize(
        "changed",
        [{"authentication": "kerberos"}, {"base_url": ""}, {"base_url": "wowza.example.org:8087"}],
    )
    def test_refuse_what_no_call_could_work_with(
        self, stand_ins: StandIns, changed: dict[str, object]
    ) -> None:
        with pytest.raises(ValueError, match="Wowza"):
            a_wowza(stand_ins, **changed)

    def test_never_show_the_password(self, stand_ins: StandIns) -> None:
        assert stand_ins.credentials.wowza_password not in repr(a_wowza(stand_ins)._client)


def engine_calls(stand_ins: StandIns) -> list[tuple[str, str, str | None, int]]:
    """Return what the engine was asked: verb, application, stream, status."""
    return [
        (kept["action"], kept["app"], kept["stream"], kept["status"])
        for kept in client.ledger(stand_ins.wowza_url)
        if kept["kind"] == "engine"
    ]


def names_on_air(stage: OnWowza) -> list[str]:
    return [session.name for session in stage.engine.list_sessions()]


def session_of(stage: OnWowza, name: str) -> str:
    (found,) = [one for one in stage.engine.list_sessions() if one.name == name]
    return found.session_id


@contextmanager
def within(seconds: float) -> Iterator[None]:
    begun = time.monotonic()
    try:
        yield
    finally:
        assert time.monotonic() - begun < seconds


@contextmanager
def a_dripping_server() -> Iterator[str]:
    """Answer a byte every tenth of a second, so that no single read is ever late."""
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_drip, args=(listening, stopped))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}{APPLICATIONS}"
        finally:
            stopped.set()
            thread.join()


def _drip(listening: socket.socket, stopped: threading.Event) -> None:
    listening.settimeout(10)
    talk, _ = listening.accept()
    with talk:
        try:
            talk.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
            for _ in range(DRIPS):
                if stopped.wait(0.1):
                    return
                talk.sendall(b"x")
        except OSError:
            return
