"""What every engine promises behind its ports, whoever it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

import sandbox
from apps.streams.contracts import HealthPoint
from apps.streams.errors import EngineRefused, PoolLimitReached
from apps.streams.ports import TargetAddress
from kit.documents import utc_now
from kit.ids import new_id
from sandbox import client
from sandbox.threaded import StandIns
from tests.conftest import NOON
from tests.streams.stages import OnEmbedded, OnMemory, OnWowza, OnWowzaVideo, Stage, a_health_port

NOT_OURS = ["", ".", "..", "parts", "parts/0001.mp4", "../secret.mp4", "/etc/hostname", "a\0.m4s"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIns]:
    with sandbox.serve(tmp_path_factory.mktemp("sandbox")) as stand_ins:
        yield stand_ins


@pytest.fixture
def memory(tmp_path: Path) -> Stage:
    return OnMemory(tmp_path)


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Stage]:
    sessions: dict[str, dict[str, object]] = {}
    with a_health_port(sessions) as health_url:
        yield OnEmbedded(tmp_path, sessions, health_url)


@pytest.fixture
def wowza(tmp_path: Path, running: StandIns) -> Stage:
    client.reset(running.wowza_url)
    return OnWowza(tmp_path, running)


@pytest.fixture
def wowza_video(tmp_path: Path, running: StandIns) -> Stage:
    client.reset(running.wowza_url)
    return OnWowzaVideo(tmp_path, running)


@pytest.fixture(params=["memory", "embedded", "wowza", "wowza_video"])
def stage(request: pytest.FixtureRequest) -> Stage:
    found: Stage = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["memory", "wowza", "wowza_video"])
def polled(request: pytest.FixtureRequest) -> Stage:
    """An engine whose sessions we cut; the embedded one cuts by itself, at a heartbeat."""
    found: Stage = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["memory", "wowza_video"])
def pooling(request: pytest.FixtureRequest) -> Stage:
    """An engine that keeps a pool of live streams."""
    found: Stage = request.getfixturevalue(request.param)
    if isinstance(found, OnMemory):
        found.engine.pool_limit = 10
    return found


@pytest.fixture(params=["memory", "wowza"])
def simulcasting(request: pytest.FixtureRequest) -> Stage:
    """An engine that sends on to other services."""
    found: Stage = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["memory", "embedded"])
def serving(request: pytest.FixtureRequest) -> Stage:
    """An engine whose files we serve; Wowza serves HLS itself."""
    found: Stage = request.getfixturevalue(request.param)
    assert found.serves_files
    return found


class TestIngestUrl:
    def test_is_an_address_that_a_key_can_follow(self, stage: Stage) -> None:
        url = stage.engine.ingest_url()

        assert url.startswith("rtmp://")
        assert not url.endswith("/")


class TestListSessions:
    def test_is_empty_where_nobody_publishes(self, stage: Stage) -> None:
        assert stage.engine.list_sessions() == []

    def test_tells_two_encoders_apart_and_drops_who_left(self, stage: Stage) -> None:
        mine, other = new_id(), new_id()
        stage.go_on_air(mine)
        stage.go_on_air(other)
        both = {stage.session_of(one).session_id for one in (mine, other)}

        stage.leave(other)

        assert len(both) == 2
        assert [one.session_id for one in stage.engine.list_sessions()] == [
            stage.session_of(mine).session_id
        ]

    def test_never_shows_a_key(self, stage: Stage) -> None:
        key = new_id()
        stage.go_on_air(key)

        session = stage.session_of(key)

        assert session.name != key or key not in repr(session)


class TestDisconnect:
    def test_cuts_this_session_only_and_may_be_repeated(self, polled: Stage) -> None:
        mine, other = new_id(), new_id()
        polled.go_on_air(mine)
        polled.go_on_air(other)
        session_id, stays = (polled.session_of(one).session_id for one in (mine, other))

        polled.engine.disconnect(session_id)
        polled.engine.disconnect(session_id)

        assert [one.session_id for one in polled.engine.list_sessions()] == [stays]

    def test_is_content_where_nobody_publishes(self, stage: Stage) -> None:
        stage.engine.disconnect(new_id())


class TestRecorder:
    def test_may_be_told_everything_twice(self, stage: Stage) -> None:
        broadcast_id = new_id()
        stage.go_on_air(broadcast_id)
        session = stage.session_of(broadcast_id)

        for _ in range(2):
            stage.engine.start(broadcast_id, session)
        is_recorded = stage.session_of(broadcast_id).is_recorded
        stage.engine.split(broadcast_id)
        for _ in range(2):
            stage.engine.stop(broadcast_id)

        assert is_recorded


class TestOutput:
    def test_may_be_told_everything_twice(self, stage: Stage) -> None:
        broadcast_id = new_id()
        stage.go_on_air(broadcast_id)
        session = stage.session_of(broadcast_id)

        for _ in range(2):
            stage.engine.publish(broadcast_id, session)
        for _ in range(2):
            stage.engine.withdraw(broadcast_id)

    def test_has_an_address_where_we_serve_no_files(self, stage: Stage) -> None:
        broadcast_id = new_id()
        stage.go_on_air(broadcast_id)
        stage.engine.publish(broadcast_id, stage.session_of(broadcast_id))

        if stage.engine.is_relayed():
            address = stage.engine.find_address(broadcast_id, now=NOON, ttl_s=60)
            assert address.startswith("http")
        else:
            with pytest.raises(EngineRefused):
                stage.engine.find_address(broadcast_id, now=NOON, ttl_s=60)

        assert stage.engine.is_relayed() != stage.serves_files


class TestTargets:
    def test_come_and_go_one_by_one(self, simulcasting: Stage) -> None:
        broadcast_id = new_id()
        simulcasting.go_on_air(broadcast_id)
        session, engine = simulcasting.session_of(broadcast_id), simulcasting.engine
        for name in ("one", "two", "one"):
            address = TargetAddress(id=name, url="rtmp://live.example.org/app", key="k")
            engine.add(broadcast_id, session, address)
        added = {state.target_id for state in engine.list_states(broadcast_id)}

        for _ in range(2):
            engine.remove(broadcast_id, "one")

        assert added == {"one", "two"}
        assert [state.target_id for state in engine.list_states(broadcast_id)] == ["two"]

    def test_are_none_of_another_broadcast(self, stage: Stage) -> None:
        assert list(stage.engine.list_states(new_id())) == []


class TestStatistics:
    def test_are_none_of_who_is_gone(self, stage: Stage) -> None:
        assert stage.engine.measure(["gone"]) == {}

    def test_are_of_one_session(self, stage: Stage) -> None:
        broadcast_id = new_id()
        stage.go_on_air(broadcast_id)

        session_id = stage.session_of(broadcast_id).session_id

        found = stage.engine.measure([session_id, "gone"])

        assert set(found) == {session_id}
        assert set(found[session_id]) <= {one.name for one in fields(HealthPoint)}
        assert found[session_id]["bitrate_bps"] >= 0


class TestCheck:
    def test_finds_a_well_engine_reachable(self, stage: Stage) -> None:
        found = {one.item: one.level for one in stage.engine.check(utc_now())}

        assert found["reachable"] == "ok"


class TestFindSegments:
    def test_is_none_where_nobody_publishes(self, stage: Stage) -> None:
        assert stage.engine.find_segments(new_id(), newest=3) is None

    def test_is_none_before_the_first_segment(self, stage: Stage) -> None:
        broadcast_id = new_id()
        stage.go_on_air(broadcast_id)

        assert stage.engine.find_segments(broadcast_id, newest=3) is None

    def test_is_the_newest_in_the_order_of_time(self, serving: Stage) -> None:
        broadcast_id = new_id()
        serving.go_on_air(broadcast_id, segments=12)

        found = serving.engine.find_segments(broadcast_id, newest=3)

        assert found is not None
        assert Path(found.init).name == "init_1.mp4"
        assert [Path(path).name for path in found.segments] == [
            *("1_9.m4s", "1_10.m4s", "1_11.m4s")
        ]
        assert all(Path(path).is_file() for path in (found.init, *found.segments))

    def test_is_all_where_there_are_fewer(self, serving: Stage) -> None:
        broadcast_id = new_id()
        serving.go_on_air(broadcast_id, segments=2)

        found = serving.engine.find_segments(broadcast_id, newest=3)

        assert found is not None
        assert len(found.segments) == 2


class TestFindLiveFile:
    @pytest.mark.parametrize("name", ["init_1.mp4", "1_0.m4s"])
    def test_finds_what_the_playlist_names(self, serving: Stage, name: str) -> None:
        broadcast_id = new_id()
        serving.go_on_air(broadcast_id, segments=1)

        found = serving.engine.find_live_file(broadcast_id, name)

        assert found is not None
        assert (found.name, found.read_bytes()) == (name, b"media")

    @pytest.mark.parametrize("name", NOT_OURS)
    def test_finds_nothing_else(self, stage: Stage, name: str) -> None:
        broadcast_id = new_id()
        stage.go_on_air(broadcast_id, segments=1)
        stage.leave_part(broadcast_id, 1)

        assert stage.engine.find_live_file(broadcast_id, name) is None

    def test_finds_nothing_of_another_broadcast(self, serving: Stage) -> None:
        serving.go_on_air(new_id(), segments=1)

        assert serving.engine.find_live_file(new_id(), "1_0.m4s") is None


class TestListParts:
    def test_is_empty_before_the_first(self, stage: Stage) -> None:
        broadcast_id = new_id()
        stage.go_on_air(broadcast_id)

        assert stage.engine.list_parts(broadcast_id) == []

    def test_is_in_the_order_they_were_on_air(self, stage: Stage) -> None:
        broadcast_id = new_id()
        for nth in range(1, 12):
            stage.leave_part(broadcast_id, nth, f"part {nth}".encode())

        parts = stage.engine.list_parts(broadcast_id)

        assert [part.read_text() for part in parts] == [f"part {nth}" for nth in range(1, 12)]

    def test_leaves_the_parts_of_others_alone(self, stage: Stage) -> None:
        mine, other = new_id(), new_id()
        stage.leave_part(mine, 1, b"mine")
        stage.leave_part(other, 1, b"other")

        parts = stage.engine.list_parts(mine)

        assert [part.read_bytes() for part in parts] == [b"mine"]


class TestPool:
    def test_makes_one_of_a_name_and_a_login_that_is_new_for_every_loan(
        self, pooling: Stage
    ) -> None:
        engine = pooling.engine
        first, again = (engine.create("one") for _ in range(2))
        while not engine.prepare(first.id):
            pass

        while (renewed := engine.renew(first.id)) is None:
            pass

        assert (first.id, again.id) == (renewed.id, first.id)
        assert (first.url, first.key) != (renewed.url, renewed.key)

    def test_says_when_no_more_are_made(self, pooling: Stage) -> None:
        for nth in range(10):
            pooling.engine.create(f"one-{nth}")

        with pytest.raises(PoolLimitReached):
            pooling.engine.create("one too many")

    def test_is_not_needed_where_any_number_may_publish(self, embedded: Stage) -> None:
        assert not embedded.engine.is_pooled()
