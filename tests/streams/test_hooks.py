"""The ingest's hook, over its URL: who may call it, what it answers, what it changes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from apps.streams.documents.broadcasts import Broadcast
from kit import broker, signatures
from kit.ids import new_id
from tests.accounts.builders import Caller
from tests.streams.builders import announced, state_of
from tests.streams.calls import (
    HOOK,
    Session,
    errors,
    go_live,
    hook,
    let_in,
    open_broadcast,
    post_hook,
    problem,
    queued,
    tell,
)
from workers import topology

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Caller:
    return Caller("ada")


@pytest.fixture
def key(ada: Caller) -> str:
    return str(open_broadcast(ada)["ingest"]["key"])


@pytest.fixture
def live(ada: Caller) -> Session:
    return go_live(ada)


@pytest.fixture
def queues() -> None:
    """Emptying the stores took Celery's queues away, which it declares once a process."""
    with broker.connection() as connection:
        topology.declare(connection)


class TestIngestHook:
    def test_carries_a_broadcast_from_its_first_picture_to_its_end(self, ada: Caller) -> None:
        opened = open_broadcast(ada)
        broadcast_id = opened["broadcast"]["id"]
        session = let_in(opened["ingest"]["key"])
        states = [state_of(broadcast_id)]

        for event in ("started", "heartbeat", "stopped"):
            assert tell(event, session).status_code == 200
            states.append(state_of(broadcast_id))

        assert states == ["ready", "live", "live", "interrupted"]
        assert announced(broadcast_id) == ["broadcast.started", "broadcast.interrupted"]

    def test_takes_no_other_verb(self) -> None:
        assert problem(Client().get(HOOK)) == (405, "method-not-allowed")


class TestPublish:
    def test_grants_a_session_of_the_keys_broadcast(self, ada: Caller) -> None:
        opened = open_broadcast(ada)

        session = let_in(opened["ingest"]["key"])

        assert (session.broadcast_id, session.epoch) == (opened["broadcast"]["id"], 1)

    def test_lets_a_newer_encoder_take_over(self, live: Session) -> None:
        newer = let_in(live.key)

        assert (newer.broadcast_id, newer.epoch) == (live.broadcast_id, live.epoch + 1)

    def test_refuses_a_wrong_key(self, key: str) -> None:
        for wrong in ("x", key[:-1], f"{key}x", key.swapcase()):
            answer = hook({"event": "publish", "session_id": "s1", "key": wrong})

            assert problem(answer) == (403, "key-refused")

    @pytest.mark.parametrize("verb", ["key", "end"])
    def test_refuses_a_key_that_was_rotated_or_whose_broadcast_is_over(
        self, ada: Caller, live: Session, verb: str
    ) -> None:
        ada.send("POST", f"broadcasts/{live.broadcast_id}/{verb}")

        answer = hook({"event": "publish", "session_id": "s2", "key": live.key})

        assert problem(answer) == (403, "key-refused")

    def test_never_tells_the_key(self, key: str) -> None:
        answer = hook({"event": "publish", "session_id": "s1", "key": f"{key}x"})

        assert key not in answer.content.decode()


class TestStarted:
    def test_puts_it_on_air_once_however_often_it_is_told(self, live: Session) -> None:
        answer = tell("started", live)

        assert (answer.status_code, answer.json()) == (200, {"continue": True})
        assert announced(live.broadcast_id) == ["broadcast.started"]

    def test_is_refused_to_a_session_that_was_taken_over(self, key: str) -> None:
        older = let_in(key)
        let_in(key)

        assert problem(tell("started", older)) == (409, "stale-session")
        assert state_of(older.broadcast_id) == "ready"


class TestHeartbeat:
    def test_renews_the_lease(self, live: Session) -> None:
        before = Broadcast.objects.get(id=live.broadcast_id).lease_until

        answer = tell("heartbeat", live)

        assert (answer.status_code, answer.json()) == (200, {"continue": True})
        assert Broadcast.objects.get(id=live.broadcast_id).lease_until > before

    def test_cuts_a_session_that_was_taken_over(self, live: Session) -> None:
        newer = let_in(live.key)

        assert tell("heartbeat", live).json() == {"continue": False, "reason": "stale-session"}
        assert tell("heartbeat", newer).json() == {"continue": True}

    @pytest.mark.parametrize("verb", ["key", "end"])
    def test_cuts_a_session_whose_key_was_rotated_or_that_was_ended(
        self, ada: Caller, live: Session, verb: str
    ) -> None:
        ada.send("POST", f"broadcasts/{live.broadcast_id}/{verb}")

        answer = tell("heartbeat", live)

        assert (answer.status_code, answer.json()["continue"]) == (200, False)

    def test_cuts_what_publishes_to_no_broadcast_of_ours(self) -> None:
        answer = tell("heartbeat", Session(new_id(), "", 1))

        assert (answer.status_code, answer.json()["continue"]) == (200, False)


class TestStopped:
    def test_changes_nothing_once_a_newer_session_publishes(self, live: Session) -> None:
        tell("started", let_in(live.key))

        answer = tell("stopped", live)

        assert answer.status_code == 200
        assert state_of(live.broadcast_id) == "live"

    @pytest.mark.usefixtures("queues")
    def test_has_the_recording_stored_where_the_broadcast_is_over(
        self, ada: Caller, live: Session
    ) -> None:
        ada.send("POST", f"broadcasts/{live.broadcast_id}/end")

        answer = tell("stopped", live)

        assert answer.status_code == 200
        assert queued() == [("streams.store_recording", {"broadcast_id": live.broadcast_id})]

    @pytest.mark.usefixtures("queues")
    def test_leaves_the_recording_alone_while_the_encoder_may_come_back(
        self, live: Session
    ) -> None:
        tell("stopped", live)

        assert queued() == []

    def test_is_a_problem_where_there_is_no_broadcast(self) -> None:
        answer = tell("stopped", Session(new_id(), "", 1))

        assert problem(answer) == (404, "broadcast-not-found")


class TestSignature:
    @pytest.mark.parametrize(
        "forge",
        [
            pytest.param(lambda _: "", id="none"),
            pytest.param(lambda right: right.replace("v1=", "v0="), id="another version"),
            pytest.param(lambda right: right.partition(",")[0], id="moment only"),
            pytest.param(lambda right: right.partition(",")[2], id="digest only"),
            pytest.param(lambda right: right[:-1], id="a character short"),
            pytest.param(lambda right: f"t={int(time.time()) - 9},v1={right[-64:]}", id="moved"),
            pytest.param(lambda _: "t=-1,v1=", id="before the epoch"),
            pytest.param(lambda _: "t=soon,v1=x", id="no moment"),
        ],
    )
    def test_must_be_right(self, live: Session, forge: Callable[[str], str]) -> None:
        body = json.dumps({"event": "stopped", **live.ids}).encode()
        right = signatures.sign(settings.STREAMS_HOOK_SECRET, body, int(time.time()))

        answer = post_hook(body, forge(right))

        assert problem(answer) == (403, "hook-refused")
        assert state_of(live.broadcast_id) == "live"

    def test_must_be_made_with_our_secret(self, live: Session) -> None:
        answer = hook({"event": "stopped", **live.ids}, secret="guess")

        assert problem(answer) == (403, "hook-refused")
        assert state_of(live.broadcast_id) == "live"

    @pytest.mark.parametrize("off_s", [-signatures.TOLERANCE_S - 5, signatures.TOLERANCE_S + 5])
    def test_must_be_fresh(self, live: Session, off_s: int) -> None:
        answer = hook({"event": "stopped", **live.ids}, at=time.time() + off_s)

        assert problem(answer) == (403, "hook-refused")
        assert state_of(live.broadcast_id) == "live"

    def test_must_be_of_this_body(self, live: Session) -> None:
        body = json.dumps({"event": "heartbeat", **live.ids}).encode()
        signature = signatures.sign(settings.STREAMS_HOOK_SECRET, body, int(time.time()))

        answer = post_hook(body.replace(b"heartbeat", b"stopped"), signature)

        assert problem(answer) == (403, "hook-refused")
        assert state_of(live.broadcast_id) == "live"

    def test_is_asked_for_before_the_body_is_read(self) -> None:
        assert problem(post_hook(b"no JSON", "")) == (403, "hook-refused")


class TestBody:
    def test_must_be_an_event_we_know(self, live: Session) -> None:
        answer = hook({"event": "paused", **live.ids})

        assert errors(answer) == [("event", "invalid-choice")]

    @pytest.mark.parametrize("event", ["started", "heartbeat", "stopped"])
    def test_must_name_the_session(self, event: str) -> None:
        answer = hook({"event": event, "session_id": "s1"})

        assert errors(answer) == [("broadcast_id", "required"), ("epoch", "required")]

    def test_must_hold_the_key_of_a_session_that_begins(self) -> None:
        answer = hook({"event": "publish", "session_id": "s1"})

        assert errors(answer) == [("key", "required")]

    @pytest.mark.parametrize(
        ("wrong", "field", "code"),
        [
            ({"epoch": "two"}, "epoch", "invalid"),
            ({"epoch": None}, "epoch", "null"),
            ({"epoch": -1}, "epoch", "min-value"),
            ({"epoch": 2**80}, "epoch", "max-value"),
            ({"broadcast_id": "x" * 27}, "broadcast_id", "max-length"),
            ({"broadcast_id": ["x"]}, "broadcast_id", "invalid"),
            ({"session_id": "x" * 65}, "session_id", "max-length"),
            ({"session_id": ""}, "session_id", "blank"),
        ],
    )
    def test_must_hold_values_that_can_be(
        self, live: Session, wrong: dict[str, object], field: str, code: str
    ) -> None:
        answer = hook({"event": "heartbeat", **live.ids, **wrong})

        assert errors(answer) == [(field, code)]

    def test_must_be_an_object(self) -> None:
        assert problem(hook(["heartbeat"])) == (422, "invalid")

    def test_must_be_json(self) -> None:
        body = b"event=heartbeat"
        signature = signatures.sign(settings.STREAMS_HOOK_SECRET, body, int(time.time()))

        assert problem(post_hook(body, signature)) == (400, "parse-error")

    def test_may_say_more_than_we_know(self, live: Session) -> None:
        answer = hook({"event": "heartbeat", **live.ids, "fps": 30, "received_bytes": 9})

        assert (answer.status_code, answer.json()) == (200, {"continue": True})
