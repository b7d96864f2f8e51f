"""A broadcast on air while things break: one broadcast, one recording, one announcement."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final
from urllib.parse import quote

import pytest

from tests.journeys.ear import Ear
from tests.journeys.part import Part
from tests.journeys.show import Show, on_air
from tests.journeys.stage import PROCESSES, Stage, a_stage
from tests.s3 import ACCESS_KEY, BUCKET, SECRET_KEY, an_s3
from tests.services import wait_until

pytestmark = [
    pytest.mark.journey,
    pytest.mark.media,
    pytest.mark.rabbitmq,
    pytest.mark.timeout(420),
]

AWAY_S: Final = 20.0
STORE_AWAY_S: Final = 60.0
REVOKED_WITHIN_S: Final = 60.0
# Who dies in mid-broadcast, one after the other.
CASUALTIES: Final = ("web", "io", "redis", "consumer", "relay", "rabbitmq", "ingest")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    home = tmp_path_factory.mktemp("on-air")
    store = an_s3(home)
    log = home / "s3.log"
    changed = {
        "STORAGE_URL": f"s3://{BUCKET}?endpoint_url={quote(store.endpoint_url, safe='')}"
        "&region_name=us-east-1&addressing_style=path&signature_version=s3v4",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "LIVE_DEBOUNCE_S": "3",  # shows are short
    }
    more = {"s3": Part(store.command(), {}, log, store.port)}
    with a_stage(
        home, broker="rabbitmq", changed=changed, more=more, processes=(*PROCESSES, "ingest")
    ) as stage:
        yield stage
        assert stage.dead() == []


@pytest.fixture(scope="module")
def ear(stage: Stage) -> Ear:
    return Ear(stage.variables["BROKER_URL"], "broadcast.*", "recording.*")


@pytest.fixture(scope="module")
def scenes(stage: Stage, ear: Ear) -> dict[str, Future[Show]]:
    """Play what does not disturb the others all at once; kill when the last of them is over.

    Their recordings wait for the store then, so that the killed hold them, too.
    """
    acts: dict[str, Callable[[Stage], Show]] = {
        "away": encoder_away,
        "rotated": key_rotated,
        "taken": taken_over,
        "store": store_away,
    }
    with ThreadPoolExecutor() as threads:
        played = {name: threads.submit(act, stage) for name, act in acts.items()}
    with ThreadPoolExecutor() as threads:
        return played | {"killed": threads.submit(everything_killed, stage)}


class TestEncoderAwayFor20Seconds:
    def test_is_one_broadcast_with_one_recording_and_one_announcement(
        self, scenes: dict[str, Future[Show]], ear: Ear
    ) -> None:
        show = scenes["away"].result()

        recording = show.recording()

        said = told(ear, show)
        assert said["broadcast.live"] == 1
        assert said["broadcast.interrupted"] == 1
        assert said["broadcast.resumed"] == 1
        assert said["broadcast.ended"] == 1
        assert recording["duration_s"] > 12  # both sessions, and not the time between
        assert recording["duration_s"] < AWAY_S + 60


class TestKeyRotated:
    def test_cuts_the_running_encoder_and_lets_the_new_key_in(
        self, scenes: dict[str, Future[Show]], ear: Ear
    ) -> None:
        show = scenes["rotated"].result()

        assert show.recording()["duration_s"] > 8
        assert told(ear, show)["broadcast.live"] == 1


class TestTakenOver:
    def test_goes_on_with_the_newer_encoder_at_once(
        self, scenes: dict[str, Future[Show]], ear: Ear
    ) -> None:
        show = scenes["taken"].result()

        assert show.recording()["duration_s"] > 8
        assert told(ear, show)["broadcast.live"] == 1
        assert told(ear, show)["broadcast.ended"] == 1


class TestStoreDownForAMinute:
    def test_delays_the_recording_and_loses_nothing(
        self, stage: Stage, scenes: dict[str, Future[Show]], ear: Ear
    ) -> None:
        show = scenes["store"].result()

        recording = show.recording()

        kept = list((stage.home / "buckets" / BUCKET).rglob("*.mp4"))
        assert recording["size_bytes"] in {path.stat().st_size for path in kept}
        assert told(ear, show)["recording.stored"] == 1


class TestEveryProcessKilled:
    def test_the_broadcast_goes_on_and_is_recorded_whole(
        self, stage: Stage, scenes: dict[str, Future[Show]], ear: Ear
    ) -> None:
        show = scenes["killed"].result()

        recording = show.recording()

        said = told(ear, show)
        assert said["broadcast.live"] == 1
        assert said["broadcast.ended"] == 1
        # the ingest's own death costs what was on the way, and the time until it was back
        assert recording["duration_s"] > show.on_air_s - 25
        assert stage.dead() == []


def encoder_away(stage: Stage) -> Show:
    with on_air(stage, "away") as show:
        show.switch_off()
        show.reaches("interrupted")
        time.sleep(AWAY_S)  # the absence itself
        show.encode()
        show.reaches("live")
        show.goes_on()
        show.end()
    return show


def key_rotated(stage: Stage) -> Show:
    with on_air(stage, "rotated") as show:
        (old,) = show.encoders
        tries = old.tries
        rotated = show.phone.post(f"broadcasts/{show.id}/key").json()["ingest"]
        assert wait_until(lambda: old.tries > tries, within_s=REVOKED_WITHIN_S), "was not cut"
        old.switch_off()
        show.encode(rotated)
        show.goes_on()
        show.end()
    return show


def taken_over(stage: Stage) -> Show:
    with on_air(stage, "taken") as show:
        (first,) = show.encoders
        first.freeze()  # the phone without a network: it sends nothing and does not come back
        show.encode()
        show.goes_on()
        show.reaches("live")
        show.end()
    return show


def store_away(stage: Stage) -> Show:
    """What the others recorded waits for the store, too."""
    with on_air(stage, "store") as show, stage.without("s3"):
        show.end()
        time.sleep(STORE_AWAY_S)  # the outage itself
    return show


def everything_killed(stage: Stage) -> Show:
    """Kill one part after the other, and see the show go on after each."""
    with on_air(stage, "killed", reconnect_window_s=120) as show:
        began = time.monotonic()
        for name in CASUALTIES:
            stage.bounce(name)
            show.goes_on(within_s=60)
        show.reaches("live")
        show.on_air_s = time.monotonic() - began
        assert wait_until(lambda: not stage.outboxes(), within_s=60)
        show.end()
    return show


def told(ear: Ear, show: Show) -> Counter[str]:
    """Count what was announced of a broadcast so far."""
    return Counter(key for key, broadcast_id in ear.listen() if broadcast_id == show.id)
