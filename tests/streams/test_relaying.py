"""A player of a broadcast over Wowza's stand-in: led by our playlists, fed by the engine."""

from __future__ import annotations

import base64
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

import httpx
import pytest
from django.test import Client
from django_redis import get_redis_connection
from pytest_django import Settings

import sandbox
from apps.streams import public as streams
from apps.streams import wiring
from apps.streams.adapters.absent import NoFiles
from apps.streams.adapters.memory import MemoryOrigin
from apps.streams.adapters.origin import HttpOrigin
from apps.streams.contracts import EngineSession
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.errors import EngineDown, SegmentNotFound
from apps.streams.services.relaying import FRESH_S, MASTER_FRESH_S, TOKEN_S, Relay
from apps.streams.services.verdicts import LASTS_S
from apps.streams.tasks import poll_engine
from sandbox import client
from sandbox.threaded import StandIns
from tests.accounts.builders import Caller
from tests.conftest import NOON
from tests.services import wait_until
from tests.streams.calls import open_broadcast, problem
from tests.streams.stages import TOKEN_SECRET, wowza_options

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(120)]

CHILD: Final = "of-engine/0.m3u8"
REVOKED_WITHIN_S: Final = 60


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    with sandbox.serve(tmp_path_factory.mktemp("sandbox")) as stand_ins:
        yield stand_ins


@pytest.fixture
def stand_ins(running: StandIns, settings: Settings) -> Iterator[StandIns]:
    """Wowza's stand-in, set up by us, as the application's engine."""
    client.reset(running.wowza_url)
    settings.STREAMS_MEDIA_ENGINE = ("wowza_engine.adapter.WowzaEngine", wowza_options(running))
    wiring.media_engine.cache_clear()
    wiring.media_engine().ensure()
    yield running
    wiring.media_engine.cache_clear()


class Show:
    """A broadcast on air over the stand-in, and a viewer's player of it."""

    def __init__(self, stand_ins: StandIns) -> None:
        self._url = stand_ins.wowza_url
        opened = open_broadcast(Caller("ada"))
        self.id: str = opened["broadcast"]["id"]
        self.key: str = opened["ingest"]["key"]
        self.publish()
        answer = Caller("eve").send("GET", f"broadcasts/{self.id}/playback")
        assert answer.status_code == 200, answer.content
        self.address: str = answer.json()["url"]

    def publish(self) -> None:
        client.tell(self._url, "streams", {"app": "live", "name": self.key})
        poll_engine()

    def leave(self) -> None:
        client.undo(self._url, "streams", app="live", name=self.key)

    def ask(self, name: str = CHILD) -> Any:
        return Client().get(self.address.rpartition("/")[0] + f"/{name}")

    def shown(self, name: str = CHILD) -> str:
        answer = self.ask(name)
        assert answer.status_code == 200, answer.content
        return str(answer.content.decode())


@pytest.fixture
def show(stand_ins: StandIns) -> Show:
    return Show(stand_ins)


class TestAPlayer:
    def test_gets_from_the_engine_nothing_but_segments(
        self, stand_ins: StandIns, show: Show
    ) -> None:
        master, child = show.shown("index.m3u8"), show.shown()

        assert show.address.endswith("/index.m3u8")
        assert master.splitlines()[-1] == CHILD
        assert stand_ins.wowza_url not in show.address + master
        segments = [line for line in child.splitlines() if not line.startswith("#")]
        assert segments
        assert [httpx.get(url).status_code for url in segments] == [200] * len(segments)
        assert not [secret for secret in (show.key, TOKEN_SECRET) if secret in master + child]

    def test_is_out_within_the_minute(self, show: Show) -> None:
        child = show.shown()
        token = re.search(r"_tk([\w-]+)_", child)
        assert token is not None
        signed = parse_qs(base64.urlsafe_b64decode(token[1] + "==").decode())
        left_s = int(signed["wowzatokenendtime"][0]) - time.time()

        Broadcast.objects(id=show.id).update(set__visibility="private")
        forget_verdicts()

        assert problem(show.ask()) == (403, "playback-refused")
        assert LASTS_S + left_s <= LASTS_S + TOKEN_S <= REVOKED_WITHIN_S

    def test_costs_the_engine_nothing_more_than_the_first(
        self, stand_ins: StandIns, show: Show
    ) -> None:
        show.shown("index.m3u8")
        began = time.monotonic()
        before = asked(stand_ins)

        for _ in range(30):
            show.shown()

        took_s = time.monotonic() - began
        assert asked(stand_ins) - before <= 1 + took_s / FRESH_S

    @pytest.mark.parametrize("name", ["of-engine/7.m3u8", "of-engine/-1.m3u8", "chunklist.m3u8"])
    def test_finds_nothing_else(self, show: Show, name: str) -> None:
        assert problem(show.ask(name)) == (404, "segment-not-found")


class TestAnEncoderThatWasAway:
    def test_leaves_players_what_they_saw_and_goes_on_at_the_same_address(
        self, show: Show
    ) -> None:
        before = show.shown()
        show.leave()
        poll_engine()
        while_away = after_a_moment(show.shown)

        show.publish()
        assert wait_until(lambda: "#EXT-X-DISCONTINUITY\n" in show.shown(), within_s=10)

        assert media(while_away) == media(before)
        assert first_number(show.shown()) == first_number(before) + len(media(before))

    def test_that_does_not_come_back_ends_the_list(self, show: Show) -> None:
        show.shown()
        Broadcast.objects(id=show.id).update(set__state="ended")
        forget_verdicts()

        assert show.shown().endswith("#EXT-X-ENDLIST\n")


class TestSegments:
    """Previews of what is on air are made of these."""

    def test_are_saved_for_who_makes_previews(self, show: Show, tmp_path: Path) -> None:
        lent = streams.lend_live_segments(broadcast_id=show.id, into=tmp_path)

        assert lent.init == ""
        assert [Path(file).read_bytes() for file in lent.segments] == [b"part"]

    def test_are_none_before_the_first_and_after_the_last(
        self, show: Show, tmp_path: Path
    ) -> None:
        show.leave()

        assert streams.lend_live_segments(broadcast_id=show.id, into=tmp_path).segments == []

    def test_that_went_while_they_were_asked_for_are_none(
        self, stand_ins: StandIns, show: Show, tmp_path: Path
    ) -> None:
        show.shown()
        show.leave()

        assert streams.lend_live_segments(broadcast_id=show.id, into=tmp_path).segments == []

    def test_that_do_not_come_are_tried_again(
        self, stand_ins: StandIns, show: Show, tmp_path: Path
    ) -> None:
        show.shown()
        client.fail(stand_ins.wowza_url, path_prefix="/live", status=500, times=99)

        with pytest.raises(EngineDown):
            streams.lend_live_segments(broadcast_id=show.id, into=tmp_path)


class TestAnEngineThatIsAway:
    def test_is_said_to_be_to_who_saw_nothing_yet(self, stand_ins: StandIns, show: Show) -> None:
        client.fail(stand_ins.wowza_url, path_prefix="/live", status=500)

        assert problem(show.ask("index.m3u8")) == (503, "engine-down")

    def test_takes_nothing_from_who_watches(self, stand_ins: StandIns, show: Show) -> None:
        before = show.shown()
        client.fail(stand_ins.wowza_url, path_prefix="/live", status=500, times=99)

        assert after_a_moment(show.shown) == before


HERE: Final = "http://engine"
MASTER: Final = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlist.m3u8\n"


class Signing(NoFiles):
    """Only addresses of an engine: the query of each says until when it is good."""

    def __init__(self, base: str) -> None:
        self.base = base

    def publish(self, broadcast_id: str, session: EngineSession) -> None: ...

    def withdraw(self, broadcast_id: str) -> None: ...

    def find_address(self, broadcast_id: str, *, now: datetime, ttl_s: int) -> str:
        return f"{self.base}/{int(now.timestamp()) + ttl_s}/master"


class TestTokens:
    def test_are_new_long_before_they_are_over(self) -> None:
        """Whenever a list is asked for, what it names can be fetched for 19 s or more."""
        origin, began = MemoryOrigin(), int(NOON.timestamp())
        for end in range(began, began + 200):
            origin.playlists[f"{HERE}/{end}/master"] = MASTER
            origin.playlists[f"{HERE}/{end}/list.m3u8"] = "#EXTM3U\n#EXTINF:2,\n0.ts\n"

        for second in range(100):
            now = NOON + timedelta(seconds=second)
            relay = Relay(broadcast_id="b", output=Signing(HERE), origin=origin, now=now)
            relay.get("index.m3u8", is_live=True)
            (segment,) = media(relay.get(CHILD, is_live=True))
            until = int(segment.split("/")[3])
            assert TOKEN_S - MASTER_FRESH_S - FRESH_S <= until - now.timestamp() <= TOKEN_S

        masters = [address for address in origin.asked if address.endswith("/master")]
        assert len(masters) == 100 / MASTER_FRESH_S


class TestAHangingEngine:
    def test_holds_up_who_asked_first_and_nobody_for_a_while_after(self) -> None:
        with a_server([b"HTTP/1.1 200 OK\r\n", *[b"X-More: 1\r\n"] * 60], pause_s=0.1) as address:
            relay = Relay(
                broadcast_id="b",
                output=Signing(address.rpartition("/")[0]),
                origin=HttpOrigin(timeout_s=1.0),
                now=NOON,
            )
            with pytest.raises(EngineDown):
                relay.get("index.m3u8", is_live=True)
            began = time.monotonic()
            for _ in range(20):
                with pytest.raises(EngineDown, match="a moment ago"):
                    relay.get("index.m3u8", is_live=True)

        assert time.monotonic() - began < 1

    def test_is_not_asked_for_what_its_master_does_not_name(self) -> None:
        origin = MemoryOrigin({f"{HERE}/{int(NOON.timestamp()) + TOKEN_S}/master": MASTER})
        relay = Relay(broadcast_id="b", output=Signing(HERE), origin=origin, now=NOON)
        relay.get("index.m3u8", is_live=True)

        for number in (1, 7, 99):
            with pytest.raises(SegmentNotFound):
                relay.get(f"of-engine/{number}.m3u8", is_live=True)

        assert len(origin.asked) == 1


class TestReading:
    @pytest.mark.parametrize(
        "answer",
        [
            pytest.param([b"HTTP/1.1 200 OK\r\n\r\n<html>"], id="no playlist"),
            pytest.param([b"HTTP/1.1 500 No\r\n\r\n#EXTM3U\n"], id="an error"),
            pytest.param([b"HTTP/1.1 200 OK\r\n\r\n#EXTM3U\n", b"#" * (5 << 20)], id="too much"),
            pytest.param([b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"], id="round and round"),
            pytest.param([b"nonsense\r\n\r\n"], id="no http"),
            pytest.param([], id="nothing"),
        ],
    )
    def test_refuses_what_is_no_playlist(self, answer: list[bytes]) -> None:
        with a_server(answer) as address, pytest.raises(EngineDown):
            HttpOrigin().read(address)

    @pytest.mark.parametrize(
        "drip",
        [
            pytest.param([b"HTTP/1.1 200 OK\r\n\r\n#EXTM3U\n", *[b"#\n"] * 100], id="body"),
            pytest.param([b"HTTP/1.1 200 OK\r\n", *[b"X-More: 1\r\n"] * 100], id="head"),
        ],
    )
    def test_ends_at_its_deadline_though_bytes_drip_in(self, drip: list[bytes]) -> None:
        began = time.monotonic()

        with a_server(drip, pause_s=0.1) as address, pytest.raises(EngineDown):
            HttpOrigin(timeout_s=0.5).read(address)

        assert time.monotonic() - began < 3

    def test_follows_where_it_is_sent(self) -> None:
        with (
            a_server([b"HTTP/1.1 200 OK\r\n\r\n#EXTM3U\n"]) as there,
            a_server([f"HTTP/1.1 302 Found\r\nLocation: {there}\r\n\r\n".encode()]) as here,
        ):
            found = HttpOrigin().read(here)

        assert found is not None
        assert (found.address, found.text) == (there, "#EXTM3U\n")


def forget_verdicts() -> None:
    """Take away what Redis would have dropped by itself within LASTS_S."""
    redis = get_redis_connection("default")
    for key in redis.scan_iter("*watch:0*"):
        redis.delete(key)


def asked(stand_ins: StandIns) -> int:
    return sum(".m3u8" in entry["path"] for entry in client.ledger(stand_ins.wowza_url))


def after_a_moment(look: Callable[[], str]) -> str:
    """Look again once nothing that was kept is fresh any more."""
    since = time.monotonic()
    found: list[str] = []

    def is_over() -> bool:
        found.append(look())
        return time.monotonic() - since > 2 * FRESH_S

    assert wait_until(is_over, within_s=10)
    return found[-1]


def media(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def first_number(text: str) -> int:
    found = re.search(r"#EXT-X-MEDIA-SEQUENCE:(\d+)", text)
    assert found is not None
    return int(found[1])


@contextmanager
def a_server(answer: list[bytes], *, pause_s: float = 0.0) -> Iterator[str]:
    """Answer every connection with these bytes, a pause between them, and close it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    caller, _ = listening.accept()
                except OSError:
                    return
                with caller:
                    try:
                        caller.recv(65_536)
                        for piece in answer:
                            caller.sendall(piece)
                            time.sleep(pause_s)
                    except OSError:
                        continue  # it hung up

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/playlist.m3u8"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)
