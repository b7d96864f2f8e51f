"""A broadcast over Wowza, polled by real processes and sent on to two places, one of them dead."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from honcho.environ import parse_procfile
from pymongo import MongoClient

from apps.streams.documents.targets import StreamTarget
from clients.demo.clips import ROOT
from kit.secrets import Safe
from sandbox import client
from tests.journeys.part import Part
from tests.journeys.show import Show
from tests.journeys.stage import BIN, Stage, a_stage
from tests.services import free_port, wait_until
from workers.embedded.environment import Ports, prepare

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]

SOON_S = 40.0


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    home = tmp_path_factory.mktemp("wowza")
    ports = Ports.free()
    prepared = prepare(home, ports)
    variables = {
        **prepared,
        "MEDIA_ENGINE": "wowza",
        "WOWZA_PLAYBACK_URL": prepared["WOWZA_URL"],
        "WOWZA_TOKEN_SECRET": "t" * 32,
        "INGEST_URL": "rtmp://127.0.0.1/live",
        "INGEST_HEALTH_URL": "",
        "WOWZA_RECORDINGS_DIRECTORY": str(home / "sandbox" / "wowza" / "live"),
        "LIVE_DEBOUNCE_S": "1",
        "TARGET_NETWORKS": "127.0.0.0/8",
    }
    line = parse_procfile((ROOT / "Procfile").read_text()).processes["sandbox"]
    environment = {**os.environ, **variables, "PATH": f"{BIN}:{os.environ['PATH']}"}
    log = home / "logs" / "sandbox.log"
    sandbox = Part(["/bin/sh", "-c", line], environment, log, ports.wowza)
    (home / "sandbox" / "wowza" / "live").mkdir(parents=True, exist_ok=True)
    with a_stage(home, broker="redis", changed=variables, more={"sandbox": sandbox}) as stage:
        yield stage


@pytest.fixture
def show(stage: Stage) -> Iterator[Show]:
    show = Show(stage, "sent on")
    stream = {"app": "live", "name": show.ingest["key"]}
    client.tell(stage.variables["WOWZA_URL"], "streams", stream)
    try:
        show.reaches("live", within_s=SOON_S)
        yield show
    finally:
        show.close()


class TestATargetThatIsDown:
    def test_is_said_to_be_and_touches_nothing_else(self, show: Show) -> None:
        with socket.create_server(("127.0.0.1", 0)) as there:
            up = target(show, "up", there.getsockname()[1])
            down = target(show, "down", free_port())

            said = wait_until(
                lambda: states(show) == {up: "active", down: "failed"}, within_s=SOON_S
            )

            assert said, states(show)
        assert plays(show)


class TestAWorkerKilled:
    def test_leaves_the_broadcast_on_air_under_its_address(self, stage: Stage, show: Show) -> None:
        for _ in range(3):
            stage.bounce("io")
            assert stage.goes_round_again()

        # a poll that was missed may have taken it for silent; it is back by the next one
        assert wait_until(lambda: plays(show), within_s=SOON_S), show.state()


def target(show: Show, label: str, port: int) -> str:
    """Want a target on this machine, which no creator could."""
    variables = show.stage.variables
    made = StreamTarget(
        broadcast_id=show.id,
        label=label,
        url=f"rtmp://127.0.0.1:{port}/app",
        sealed_key=Safe(variables["FIELD_KEYS"].split(",")).seal("secret"),
    )
    with MongoClient[dict[str, Any]](variables["MONGODB_URL"]) as documents:
        wanted = documents.get_default_database()[StreamTarget._get_collection_name()]
        wanted.insert_one(made.to_mongo().to_dict())
    return str(made.id)


def states(show: Show) -> dict[str, Any]:
    answer = show.phone.get(f"broadcasts/{show.id}/targets")
    return {one["id"]: one["state"] for one in answer.json()["items"]}


def plays(show: Show) -> bool:
    """Say whether it is live, and a player gets it under a name that is not its key."""
    answer = show.phone.get(f"broadcasts/{show.id}/playback")
    assert answer.status_code == httpx.codes.OK, answer.text
    url = answer.json()["url"]
    is_served = httpx.get(url, timeout=10).status_code == httpx.codes.OK
    return show.state() == "live" and is_served and show.ingest["key"] not in url
