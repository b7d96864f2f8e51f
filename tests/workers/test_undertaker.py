"""Dead queue → undertaker → ledger, the same on RabbitMQ and on Redis."""

from __future__ import annotations

import os
from typing import Any

import pytest
from kombu import Connection

from kit import liveness, mongo
from kit.letters import Code
from tests.services import wait_until
from tests.workers.letters import (
    A_BODY,
    an_undertaker,
    depth,
    filed,
    publish_dead,
    rows,
    task_headers,
)
from workers.ledger import public as ledger
from workers.ledger.documents import BodyPart

pytestmark = pytest.mark.waits
BYTES = bytes(range(256))


class TestUndertaker:
    def test_files_a_task_with_why_and_takes_it_off_the_broker(
        self, on_broker: Connection
    ) -> None:
        publish_dead(on_broker, headers=task_headers("t1", request_id="from-the-phone"))

        with an_undertaker():
            [row] = filed(1)
            assert wait_until(lambda: depth("dead.social") == 0, within_s=10)
            assert liveness.is_alive("undertaker")

        assert (row.kind, row.name, row.queue, row.letter_id) == (
            *("task", "social.upload"),
            *("social", "t1"),
        )
        assert (row.code, row.tries, row.state, row.deaths) == ("gave-up", 9, "waiting", 1)
        assert (row.reason, row.request_id) == (
            "YouTubeDown: YouTube does not answer.",
            "from-the-phone",
        )
        contents = ledger.get_contents(row_id=row.id)
        assert contents.body == A_BODY
        assert contents.headers == {
            "task": "social.upload",
            "id": "t1",
            "retries": 8,
            "request_id": "from-the-phone",
        }
        assert contents.traceback.endswith("YouTubeDown: YouTube does not answer.\n")

    def test_files_a_letter_that_dies_twice_as_one_row(self, on_broker: Connection) -> None:
        once = task_headers("t1")
        publish_dead(on_broker, headers=once)
        publish_dead(on_broker, headers=once)  # the same death: a crash before the ack
        publish_dead(on_broker, headers=task_headers("t1", letter_reason="Again."))
        publish_dead(on_broker, headers=task_headers("last"))

        with an_undertaker():
            found = filed(2)

        assert [(row.letter_id, row.deaths) for row in found] == [("last", 1), ("t1", 2)]
        assert found[1].reason == "Again."

    def test_keeps_what_nobody_can_read(self, on_broker: Connection) -> None:
        publish_dead(on_broker, BYTES, content_type="application/x-java", queue="previews")

        with an_undertaker():
            [row] = filed(1)

        assert (row.kind, row.name, row.code) == ("unknown", "", "failed")
        assert ledger.get_contents(row_id=row.id).body == BYTES

    def test_keeps_headers_nobody_knows(self, on_broker: Connection) -> None:
        strange = {"x.y$": 1, "deep": {"a": [1, {"b": None}]}, "letter_code": "from-the-future"}
        publish_dead(on_broker, headers={**strange, "letter_tries": "many"})

        with an_undertaker():
            [row] = filed(1)

        assert (row.code, row.tries) == (Code.FAILED, 1)
        kept = ledger.get_contents(row_id=row.id).headers
        assert kept == {"x.y$": 1, "deep": {"a": [1, {"b": None}]}}

    def test_files_an_event_whose_name_is_no_text(self, on_broker: Connection) -> None:
        publish_dead(on_broker, rb'{"key": "bell\ud800", "id": "e1"}', queue="previews")

        with an_undertaker():
            [row] = filed(1)

        assert (row.kind, row.name, row.letter_id) == ("event", "bell?", "e1")

    def test_keeps_a_body_larger_than_a_document(self, on_broker: Connection) -> None:
        noise = os.urandom(15_000_000)
        publish_dead(on_broker, noise, headers=task_headers("t1"))

        with an_undertaker():
            [row] = filed(1, within_s=60)

        assert row.body_bytes == 15_000_000
        assert BodyPart.objects(mark__exists=True).count() == 5
        assert ledger.get_contents(row_id=row.id).body == noise

    def test_leaves_letters_on_the_broker_while_documents_are_away(
        self, on_broker: Connection, documents_away: None, settings: Any
    ) -> None:
        there = settings.MONGODB_URL
        publish_dead(on_broker, headers=task_headers("t1"))

        settings.MONGODB_URL = "mongodb://127.0.0.1:1/away"
        with an_undertaker():
            assert wait_until(lambda: liveness.is_alive("undertaker"), within_s=10)
            assert depth("dead.social") == 1
            settings.MONGODB_URL = there
            mongo.connect(there)
            [row] = filed(1, within_s=40)

        assert row.letter_id == "t1"

    def test_gives_back_what_it_has_in_hand_when_documents_go(
        self, on_broker: Connection, documents_away: None
    ) -> None:
        """The server answers a ping, but the ledger's client cannot reach it."""
        publish_dead(on_broker, headers=task_headers("t1"))

        with an_undertaker() as thread:
            assert wait_until(lambda: depth("dead.social") == 0, within_s=20)
            assert wait_until(lambda: depth("dead.social") == 1, within_s=20)
            assert thread.is_alive()

    def test_waits_for_a_broker_that_is_away(self, settings: Any) -> None:
        settings.CELERY = {**settings.CELERY, "broker_url": "redis://127.0.0.1:1/0"}

        with an_undertaker() as thread:
            assert wait_until(lambda: liveness.is_alive("undertaker"), within_s=10)
            assert thread.is_alive()

        assert rows() == []
