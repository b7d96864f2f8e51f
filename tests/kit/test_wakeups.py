from __future__ import annotations

from typing import Any

import pytest
from django_redis import get_redis_connection
from pymongo import InsertOne, UpdateOne

from apps.streams.documents.broadcasts import Broadcast
from kit import outboxes, wakeups
from kit.documents import announce
from tests.conftest import NOON
from tests.streams.builders import a_broadcast, a_live_broadcast
from tests.workers.bells import Rang, a_document_with

SOON_S = 0.01


def an_event() -> dict[str, Any]:
    return announce(Rang(at=NOON, tune="taps"))[0]


class TestWriting:
    def test_wakes_for_an_update_through_a_context(self) -> None:
        a_live_broadcast()

        assert "broadcasts" in (wakeups.wait(up_to_s=SOON_S) or set())

    @pytest.mark.parametrize(
        "write",
        [
            lambda found: found.insert_one({"_id": "new", "outbox": [an_event()]}),
            lambda found: found.update_one({"_id": "old"}, {"$push": {"outbox": an_event()}}),
            lambda found: found.update_one({"_id": "old"}, {"$set": {"outbox": [an_event()]}}),
            lambda found: found.find_one_and_update(
                {"_id": "old"}, {"$push": {"outbox": {"$each": [an_event()]}}}
            ),
            lambda found: found.replace_one({"_id": "old"}, {"outbox": [an_event()]}),
            lambda found: found.bulk_write([InsertOne({"_id": "b", "outbox": [an_event()]})]),
            lambda found: found.bulk_write(
                [UpdateOne({"_id": "old"}, {"$push": {"outbox": an_event()}})], ordered=False
            ),
        ],
        ids=["insert", "push", "set", "modify", "replace", "bulk-insert", "bulk-update"],
    )
    def test_wakes_for_each_way_to_write(self, write: Any) -> None:
        collection = Broadcast._get_collection()
        collection.insert_one({"_id": "old"})
        assert wakeups.wait(up_to_s=SOON_S) == set()

        write(collection)

        assert wakeups.wait(up_to_s=SOON_S) == {"broadcasts"}

    def test_wakes_nobody_for_what_announces_nothing(self) -> None:
        opened = a_broadcast()
        document = a_document_with(an_event())
        wakeups.wait(up_to_s=SOON_S)

        Broadcast.objects(id=opened.id).update(set__title="New")
        Broadcast._get_collection().update_one(
            {"_id": "missing"}, {"$push": {"outbox": an_event()}}
        )
        outboxes.forget(Broadcast, {document: [an_event()["id"]]})

        assert wakeups.wait(up_to_s=SOON_S) == set()

    def test_succeeds_while_nobody_can_be_woken_and_tries_only_once(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(wakeups, "_rest", {"until": 0.0})
        settings.REDIS_STATE_URL = "redis://127.0.0.1:1/0"

        document = a_document_with(an_event())

        assert outboxes.waiting(Broadcast, limit=10) == [document]
        assert wakeups._rest["until"] > 0
        assert wakeups.wait(up_to_s=SOON_S) is None


class TestWakeups:
    def test_tell_all_that_was_written_at_once(self) -> None:
        for name in ("broadcasts", "cases", "broadcasts"):
            wakeups.wake(name)

        assert wakeups.wait(up_to_s=SOON_S) == {"broadcasts", "cases"}
        assert wakeups.wait(up_to_s=SOON_S) == set()

    def test_are_bounded_and_end_by_themselves_where_no_relay_runs(self) -> None:
        for _ in range(wakeups.MOST + 5):
            wakeups.wake("broadcasts")

        redis = get_redis_connection("state")
        assert redis.llen(wakeups.KEY) == wakeups.MOST
        assert 0 < redis.ttl(wakeups.KEY) <= wakeups.LASTS_S
