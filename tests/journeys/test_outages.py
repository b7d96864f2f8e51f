"""Each store is killed under the running stack: what phones are told, and who comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from kombu import Connection

from kit.ids import new_id
from tests.journeys import rabbit
from tests.journeys.ear import Ear
from tests.journeys.stage import AUTH, BACK_S, PHONE_WAITS_S, Stage, a_stage
from tests.services import wait_until
from workers.app import app

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]

IO_THREADS = 4  # of the Procfile's `io`
ON_REDIS = pytest.param("redis", id="redis")
ON_RABBITMQ = pytest.param("rabbitmq", id="rabbitmq", marks=pytest.mark.rabbitmq)
on_redis = pytest.mark.parametrize("stage", [ON_REDIS], indirect=True)
on_rabbitmq = pytest.mark.parametrize("stage", [ON_RABBITMQ], indirect=True)
on_both = pytest.mark.parametrize("stage", [ON_REDIS, ON_RABBITMQ], indirect=True)


@pytest.fixture(scope="module")
def stage(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    with a_stage(tmp_path_factory.mktemp("stage"), broker=request.param) as stage:
        yield stage


@pytest.fixture(scope="module")
def phone(stage: Stage) -> Iterator[httpx.Client]:
    phone = stage.sign_in()
    yield phone
    phone.close()


@pytest.fixture(autouse=True)
def _nobody_dies(stage: Stage) -> Iterator[None]:
    """An outage ends no process: what is killed is back, and all the rest lived on."""
    yield
    assert stage.dead() == []


@on_redis
class TestDocumentServerKilled:
    def test_makes_what_needs_it_answer_503(self, stage: Stage, phone: httpx.Client) -> None:
        asked: list[Callable[[], httpx.Response]] = [
            lambda: phone.get("me"),
            lambda: phone.get("broadcasts"),
            lambda: phone.get("notifications"),
            lambda: phone.post("broadcasts", json=a_broadcast()),
            lambda: stage.tell("publish", key="unknown", app="live"),
        ]

        with stage.without("documents"), ThreadPoolExecutor() as threads:
            answers = list(threads.map(lambda ask: ask(), asked))
            ready = httpx.get(f"{stage.web}/readyz", timeout=6)
            alive = httpx.get(f"{stage.web}/healthz", timeout=1)

        assert {refusal(answer) for answer in answers} == {"documents-unavailable"}
        assert (ready.status_code, ready.json()["down"]) == (503, ["documents"])
        assert alive.status_code == 200

    def test_is_over_once_it_is_back(self, stage: Stage, phone: httpx.Client) -> None:
        kept = opened(phone)

        with stage.without("documents"):
            phone.get("me")

        assert phone.get(f"broadcasts/{kept['broadcast']['id']}").status_code == 200
        assert phone.post("broadcasts", json=a_broadcast()).status_code == 201
        assert stage.goes_round_again()


@on_both
class TestRedisKilled:
    def test_stops_only_what_nobody_could_promise(self, stage: Stage, phone: httpx.Client) -> None:
        with stage.without("redis"):
            answers = [
                phone.get("me"),
                phone.get("home"),
                phone.get("notifications/unread-count"),
                phone.post("broadcasts", json=a_broadcast()),
            ]
            promised = phone.post(
                "broadcasts", json=a_broadcast(), headers={"Idempotency-Key": "during"}
            )
            counted = phone.post(f"{AUTH}/login", json={"email": "a@example.com", "password": "x"})
            ready = httpx.get(f"{stage.web}/readyz", timeout=6)

        assert {answer.status_code for answer in answers} == {200, 201}
        assert {refusal(promised), refusal(counted)} == {"state-unavailable"}
        assert ready.status_code == 503
        assert "state" in ready.json()["down"]

    def test_is_over_once_it_is_back(self, stage: Stage, phone: httpx.Client) -> None:
        with stage.without("redis"):
            phone.get("home")

        headers = {"Idempotency-Key": "after"}
        assert phone.post("broadcasts", json=a_broadcast(), headers=headers).status_code == 201
        assert stage.goes_round_again()


@on_both
class TestBrokerKilled:
    def test_delays_events_and_loses_none(
        self, stage: Stage, phone: httpx.Client, broker: str
    ) -> None:
        ear = Ear(stage.variables["BROKER_URL"], "broadcast.scheduled", "broadcast.started")
        live = opened(phone)
        granted = stage.tell("publish", key=live["ingest"]["key"], app="live").json()
        relay, waits = stage.parts["relay"], "relay waits"
        waited_before = relay.said(waits)

        with stage.without(broker):
            scheduled = phone.post("broadcasts", json=a_broadcast(starts_at=tomorrow()))
            started = stage.tell("started", **granted)
            assert relay.says_more(waits, waited_before, within_s=BACK_S)
            waiting = stage.outboxes()

        assert (scheduled.status_code, started.status_code) == (201, 200)
        assert {"broadcast.started", "broadcast.scheduled"} <= set(waiting)
        announced = {
            ("broadcast.started", live["broadcast"]["id"]),
            ("broadcast.scheduled", scheduled.json()["broadcast"]["id"]),
        }
        assert wait_until(lambda: announced <= set(ear.listen()), within_s=BACK_S)
        # its subscriber queued a task, and the task put the recording into the ledger
        path = f"broadcasts/{live['broadcast']['id']}/recording"
        assert wait_until(lambda: phone.get(path).status_code == 200, within_s=BACK_S)
        assert wait_until(lambda: stage.outboxes() == [], within_s=BACK_S)

    def test_ends_no_worker_in_the_middle_of_a_task(self, stage: Stage, broker: str) -> None:
        io, ended, lost = stage.parts["io"], "task=streams.sweep", "Connection to broker lost"

        with stage.without("documents"):
            ended_before = io.said(ended)
            sweep_at_once(stage.variables["BROKER_URL"], times=3 * IO_THREADS)
            # Those that had a connection fail at once, one a thread; the others wait for the
            # server. When one of them has ended, as many are in the middle.
            assert io.says_more(ended, ended_before + IO_THREADS, within_s=20)
            lost_before = io.said(lost)
            with stage.without(broker):
                assert io.says_more(lost, lost_before, within_s=BACK_S)

        # a tick may have waited in the broker; the second one was sent after its return
        assert stage.goes_round_again()
        assert stage.goes_round_again()

    def test_leaves_to_the_reconciler_what_a_request_would_queue(
        self, stage: Stage, phone: httpx.Client, broker: str
    ) -> None:
        granted = an_ended_broadcast(stage, phone)

        with stage.without(broker):
            stopped = stage.tell("stopped", **granted)

        assert (stopped.status_code, stopped.json()) == (200, {"continue": False})


@on_rabbitmq
class TestBrokerOutOfDisk:
    def test_delays_events_and_holds_up_no_request(
        self, stage: Stage, phone: httpx.Client
    ) -> None:
        node, web = stage.parts["rabbitmq"], stage.parts["web"]
        granted = an_ended_broadcast(stage, phone)
        assert wait_until(lambda: stage.outboxes() == [], within_s=BACK_S)
        left, waited = web.said("left to the reconciler"), stage.parts["relay"].said("relay waits")

        rabbit.control(node, "set_disk_free_limit", rabbit.NO_DISK_IS_ENOUGH)
        try:
            began = time.monotonic()
            scheduled = phone.post("broadcasts", json=a_broadcast(starts_at=tomorrow()))
            stopped = stage.tell("stopped", **granted)
            took_s = time.monotonic() - began
            assert stage.parts["relay"].says_more("relay waits", waited, within_s=BACK_S)
            waiting = stage.outboxes()
        finally:
            rabbit.control(node, "set_disk_free_limit", "100MB")

        assert (scheduled.status_code, stopped.status_code) == (201, 200)
        assert took_s < PHONE_WAITS_S
        assert web.said("left to the reconciler") == left + 1
        assert "broadcast.scheduled" in waiting
        assert wait_until(lambda: stage.outboxes() == [], within_s=BACK_S)
        assert stage.goes_round_again()


@pytest.fixture
def broker(request: pytest.FixtureRequest) -> str:
    """The part that carries events and tasks."""
    name: str = request.node.callspec.params["stage"]
    return name


def sweep_at_once(broker_url: str, *, times: int) -> None:
    with Connection(broker_url) as connection:
        producer = connection.Producer(auto_declare=False)
        for _ in range(times):
            task = app.amqp.as_task_v2(new_id(), "streams.sweep")
            producer.publish(
                task.body,
                exchange="",
                routing_key="streams",
                headers=task.headers,
                serializer="json",
                **task.properties,
            )


def a_broadcast(**more: object) -> dict[str, object]:
    return {"title": "Launch", **more}


def tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()


def opened(phone: httpx.Client) -> dict[str, Any]:
    answer = phone.post("broadcasts", json=a_broadcast())
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def an_ended_broadcast(stage: Stage, phone: httpx.Client) -> dict[str, Any]:
    """Return what the ingest holds of a broadcast that was live and was ended by its creator."""
    live = opened(phone)
    granted: dict[str, Any] = stage.tell("publish", key=live["ingest"]["key"], app="live").json()
    stage.tell("started", **granted)
    phone.post(f"broadcasts/{granted['broadcast_id']}/end").raise_for_status()
    return granted


def refusal(answer: httpx.Response) -> str:
    """Return the code of a 503 that is a problem document and says when to ask again."""
    assert answer.status_code == 503, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) > 0
    code: str = answer.json()["code"]
    return code
