"""A broadcast over Wowza's stand-in: polled, told by webhooks, recorded, shown, sent on."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client, override_settings

import sandbox
from apps.streams import wiring
from apps.streams.adapters.memory_presence import MemoryHealth
from apps.streams.adapters.resolving import SystemResolver
from apps.streams.adapters.wowza_engine.adapter import WowzaEngine
from apps.streams.documents.targets import StreamTarget
from apps.streams.services import engine_looks, engine_sync, ingest_health, keys, targets
from apps.streams.services.engine_poll import EngineParts, Terms
from apps.streams.services.targets import Outside
from kit.documents import utc_now
from kit.secrets import Safe
from sandbox import client
from sandbox.threaded import StandIns
from tests.streams.builders import ADA, LEASE_S, PEPPER, Opened, a_broadcast, announced, state_of
from tests.streams.calls import queued
from tests.streams.stages import a_wowza

SAFE = Safe([Fernet.generate_key().decode()])
HERE = Outside(resolver=SystemResolver(), ours=[ip_network("127.0.0.0/8")])
TERMS = Terms(pepper=PEPPER, lease_s=LEASE_S, safe=SAFE, outside=HERE)
HOOK_SECRET = "h" * 32


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    with sandbox.serve(tmp_path_factory.mktemp("sandbox")) as stand_ins:
        yield stand_ins


@pytest.fixture
def stand_ins(running: StandIns) -> StandIns:
    client.reset(running.wowza_url)
    return running


@pytest.fixture
def wowza(stand_ins: StandIns) -> WowzaEngine:
    """An Engine that was set up by us, with a login for encoders."""
    engine = a_wowza(
        stand_ins,
        recordings_directory=str(recordings(stand_ins)),
        publisher_user="encoder",
        publisher_password="let me in",
        hook_url="http://127.0.0.1:9/hooks/wowza",
        hook_secret=HOOK_SECRET,
    )
    engine.ensure()
    return engine


@pytest.fixture
def on_air(stand_ins: StandIns, wowza: WowzaEngine) -> Opened:
    opened = a_broadcast()
    publish(stand_ins, opened.key)
    poll(wowza)
    assert state_of(opened.id) == "live"
    return opened


class TestABroadcast:
    def test_is_shown_under_its_own_name_to_who_has_a_token_that_lasts(
        self, wowza: WowzaEngine, on_air: Opened
    ) -> None:
        address = wowza.find_address(on_air.id, now=utc_now(), ttl_s=60)
        late = wowza.find_address(on_air.id, now=utc_now() - timedelta(hours=1), ttl_s=60)

        statuses = [get(url).status_code for url in (address, address + "x", late)]

        assert statuses == [200, 403, 403]
        assert on_air.key not in address

    def test_is_recorded_in_parts_named_after_it_across_a_drop_and_a_rotated_key(
        self, stand_ins: StandIns, wowza: WowzaEngine, on_air: Opened
    ) -> None:
        client.undo(stand_ins.wowza_url, "streams", app="live", name=on_air.key)
        poll(wowza)
        key = keys.rotate_key(broadcast_id=on_air.id, creator_id=ADA, pepper=PEPPER, now=utc_now())
        publish(stand_ins, key)
        poll(wowza)

        engine_sync.release(broadcast_id=on_air.id, parts=parts(wowza))

        found = wowza.list_parts(on_air.id)
        assert len(found) == 2
        assert not any(secret in str(path) for path in found for secret in (key, on_air.key))

    def test_of_a_stranger_is_cut_and_leaves_nothing(
        self, stand_ins: StandIns, wowza: WowzaEngine
    ) -> None:
        publish(stand_ins, "guess")

        poll(wowza)

        assert wowza.list_sessions() == []
        assert not list(recordings(stand_ins).glob("guess*"))

    def test_waits_for_a_way_out_before_it_is_called_live(
        self, stand_ins: StandIns, wowza: WowzaEngine
    ) -> None:
        opened = a_broadcast()
        publish(stand_ins, opened.key)
        smil = "/v2/servers/_defaultServer_/vhosts/_defaultVHost_/applications/live/smilfiles"
        client.fail(stand_ins.wowza_url, path_prefix=smil, method="POST", status=500)

        poll(wowza)
        before = state_of(opened.id)
        poll(wowza)

        assert (before, state_of(opened.id)) == ("ready", "live")
        assert announced(opened.id) == ["broadcast.started"]

    @pytest.mark.parametrize("version", ["4.8.5", "4.9.6"])
    def test_needs_no_webhooks(
        self, stand_ins: StandIns, wowza: WowzaEngine, version: str
    ) -> None:
        client.tell(stand_ins.wowza_url, "server", {"version": version})
        opened = a_broadcast()
        publish(stand_ins, opened.key)

        poll(wowza)

        assert state_of(opened.id) == "live"

    def test_has_an_encoder_whose_numbers_its_creator_sees(
        self, wowza: WowzaEngine, on_air: Opened
    ) -> None:
        board = MemoryHealth()

        measured = ingest_health.measure(statistics=wowza, board=board, clock=utc_now)

        seen = ingest_health.get_health(broadcast_id=on_air.id, board=board)
        assert (measured, len(seen.series)) == (1, 1)

    def test_stays_on_air_while_the_server_takes_no_login_of_ours(
        self, stand_ins: StandIns, wowza: WowzaEngine, on_air: Opened
    ) -> None:
        poll(a_wowza(stand_ins, password="changed there"))

        look = engine_looks.find_look()
        assert look is not None
        assert "takes no digest login" in look.error
        assert state_of(on_air.id) == "live"


class TestATargetThatIsDown:
    def test_is_said_to_be_and_touches_neither_the_broadcast_nor_the_other_target(
        self, wowza: WowzaEngine, on_air: Opened
    ) -> None:
        with a_listener() as port:
            up = a_target(on_air.id, port)
            down = a_target(on_air.id, 9)
            poll(wowza)
            poll(wowza)
            both = {str(it.id): it.state for it in StreamTarget.objects(broadcast_id=on_air.id)}

        assert both == {up: "active", down: "failed"}
        assert StreamTarget.objects.get(id=down).error == "Error"
        assert (state_of(on_air.id), announced(on_air.id)) == ("live", ["broadcast.started"])
        assert get(wowza.find_address(on_air.id, now=utc_now(), ttl_s=60)).status_code == 200

    def test_is_sent_to_no_more_once_it_was_removed(
        self, wowza: WowzaEngine, on_air: Opened
    ) -> None:
        down = a_target(on_air.id, 9)
        poll(wowza)

        targets.remove_target(broadcast_id=on_air.id, target_id=down)
        poll(wowza)

        assert wowza.list_states(on_air.id) == []
        assert StreamTarget.objects(id=down).count() == 0

    def test_that_the_engine_cannot_be_told_of_takes_nobody_off_the_air(
        self, stand_ins: StandIns, wowza: WowzaEngine, on_air: Opened
    ) -> None:
        a_target(on_air.id, 9)
        apps = "/v2/servers/_defaultServer_/vhosts/_defaultVHost_/applications"
        client.fail(
            stand_ins.wowza_url, path_prefix=f"{apps}/live/pushpublish", status=500, times=9
        )

        poll(wowza)

        assert state_of(on_air.id) == "live"


class TestTheWebhook:
    @pytest.fixture(autouse=True)
    def _secret(self, settings: LazySettings) -> None:
        settings.STREAMS_WOWZA_HOOK_SECRET = HOOK_SECRET
        queued()

    def test_of_a_stream_starts_a_look_once(self) -> None:
        told = {"id": "e-1", "name": "stream.started", "context": {"stream": "x"}}

        answers = [hook(told).json() for _ in range(3)]

        assert [answer["heard"] for answer in answers] == [True, False, False]
        assert queued() == [("streams.poll_engine", {})]

    @pytest.mark.parametrize(
        "told",
        [[], "x", None, {}, {"id": 7, "name": None}, {"name": "video.intelligence", "id": {}}],
    )
    def test_is_answered_whatever_it_holds(self, told: object) -> None:
        assert hook(told).status_code == 200

    @pytest.mark.parametrize("key", ["", "h" * 31, "ключ"])
    def test_is_refused_without_our_key(self, key: str) -> None:
        answer = hook({"id": "e-1", "name": "stream.started"}, key=key)

        assert (answer.status_code, answer.json()["code"]) == (403, "hook-refused")
        assert queued() == []

    def test_is_refused_where_none_was_agreed(self, settings: LazySettings) -> None:
        settings.STREAMS_WOWZA_HOOK_SECRET = ""

        assert hook({"name": "stream.started"}, key="").status_code == 403


class TestEngineCheck:
    def test_finds_nothing_wrong_with_what_ensure_set_up(
        self, wowza: WowzaEngine, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with standing(wowza):
            call_command("engine_check", "--json")

        found = {row["item"]: row["level"] for row in json.loads(capsys.readouterr().out)}
        assert set(found.values()) == {"ok"}, found
        assert found.keys() >= {
            *("reachable", "login", "version", "licence", "clock", "application", "security"),
            *("duplicates", "modules", "playback", "webhooks", "recordings"),
        }

    def test_tells_item_by_item_what_is_wrong_and_what_mends_it(
        self, stand_ins: StandIns, capsys: pytest.CaptureFixture[str]
    ) -> None:
        client.tell(stand_ins.wowza_url, "server", {"version": "4.8.5", "licence_valid": False})
        bare = a_wowza(stand_ins, application="vod", recordings_directory="/nowhere")

        with standing(bare), pytest.raises(SystemExit) as ended:
            call_command("engine_check")

        said = capsys.readouterr().out
        assert ended.value.code == 1
        for line in ("FAIL  licence", "FAIL  application", "FAIL  duplicates", "FAIL  recordings"):
            assert line in said
        assert "warn  version" in said
        assert "Name another by WOWZA_APPLICATION" in said
        assert said.rstrip().endswith("wrong.")

    @pytest.mark.parametrize(
        ("changed", "item"),
        [({"base_url": "http://127.0.0.1:9"}, "reachable"), ({"password": "guess"}, "login")],
    )
    def test_tells_a_server_that_is_away_from_a_login_that_is_wrong(
        self, stand_ins: StandIns, changed: dict[str, object], item: str
    ) -> None:
        found = {one.item: one for one in a_wowza(stand_ins, **changed).check(utc_now())}

        assert (found[item].level, bool(found[item].mend)) == ("fail", True)

    def test_finds_clocks_that_differ(self, wowza: WowzaEngine) -> None:
        found = {one.item: one for one in wowza.check(utc_now() + timedelta(minutes=2))}

        assert found["clock"].level == "fail"


class TestEnsure:
    def test_closes_the_application_and_may_be_repeated(
        self, stand_ins: StandIns, wowza: WowzaEngine
    ) -> None:
        again = wowza.ensure()

        assert again == []
        with pytest.raises(httpx.HTTPStatusError, match="409"):
            client.tell(stand_ins.wowza_url, "streams", {"name": "x"})

    def test_makes_the_application_where_it_is_missing(self, stand_ins: StandIns) -> None:
        engine = a_wowza(stand_ins, application="shows")

        changed = engine.ensure()

        assert "made the application shows" in changed
        assert engine.list_sessions() == []

    def test_restarts_nothing_under_an_encoder(
        self, stand_ins: StandIns, wowza: WowzaEngine, on_air: Opened
    ) -> None:
        engine = a_wowza(stand_ins, token_secret="another secret")

        changed = engine.ensure()

        assert "restarted the application" not in changed
        assert len(wowza.list_sessions()) == 1


def poll(engine: WowzaEngine) -> None:
    engine_sync.poll(parts=parts(engine), terms=TERMS, clock=utc_now)


def parts(engine: WowzaEngine) -> EngineParts:
    return EngineParts(engine=engine, files=engine, output=engine, recorder=engine, targets=engine)


def publish(stand_ins: StandIns, key: str) -> None:
    login = {"user": "encoder", "password": "let me in"}
    client.tell(stand_ins.wowza_url, "streams", {"app": "live", "name": key, **login})


def recordings(stand_ins: StandIns) -> Path:
    folder = stand_ins.credentials.directory / "wowza" / "live"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=10)


def hook(told: object, *, key: str = HOOK_SECRET) -> Any:
    headers = {"X-Showrunner-Key": key}
    return Client().post("/hooks/wowza", json.dumps(told), "application/json", headers=headers)


def a_target(broadcast_id: str, port: int) -> str:
    """Want a target on this machine, which no creator could."""
    made = StreamTarget(
        broadcast_id=broadcast_id,
        label="a service",
        url=f"rtmp://127.0.0.1:{port}/app",
        sealed_key=SAFE.seal("k"),
    ).save()
    return str(made.id)


@contextmanager
def a_listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def standing(engine: WowzaEngine) -> Iterator[None]:
    """Have the door find this engine."""
    wiring.media_engine.cache_clear()
    options = {name: getattr(engine, name) for name in engine.__dataclass_fields__}
    with override_settings(STREAMS_MEDIA_ENGINE=("wowza_engine.adapter.WowzaEngine", options)):
        yield
    wiring.media_engine.cache_clear()
