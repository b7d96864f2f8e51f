"""The ledger of dead letters: what waits, who replays it, who drops it."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kombu import Connection

from kit.broker import BrokerDown
from kit.errors import DomainError
from kit.ids import new_id
from kit.letters import Code
from kit.pages import PageRequest
from tests.conftest import NOON
from tests.workers.letters import A_BODY, WHY, a_letter, a_row, rows, taken
from workers.ledger import public as ledger
from workers.ledger import services
from workers.ledger.contracts import Wanted
from workers.ledger.documents import BodyPart, DeadLetterRow
from workers.ledger.errors import (
    DeadLetterInHand,
    DeadLetterNotFound,
    DeadLetterSettled,
    QueueIsGone,
)


class TestListLetters:
    def test_shows_what_waits_newest_first(self) -> None:
        made = [a_row() for _ in range(3)]
        ledger.drop(row_id=made[1], by="ada")

        assert [row.id for row in rows(Wanted())] == [made[2], made[0]]

    def test_narrows_by_everything_an_operator_asks_for(self) -> None:
        task = a_row(id="t1")
        event = a_row(
            id="e1",
            kind="event",
            name="broadcast.live",
            queue="events.previews",
            why=replace(WHY, code=Code.UNREADABLE),
            at=NOON + timedelta(hours=2),
        )
        wanted = [
            (Wanted(queue="social"), task),
            (Wanted(queue="events.previews"), event),
            (Wanted(kind="event"), event),
            (Wanted(name="social.upload"), task),
            (Wanted(code="unreadable"), event),
            (Wanted(letter_id="t1"), task),
            (Wanted(row_id=event), event),
            (Wanted(since=NOON + timedelta(hours=1)), event),
        ]

        assert [[row.id for row in rows(one)] for one, _ in wanted] == [[row] for _, row in wanted]
        assert rows(Wanted(queue="social", code="unreadable")) == []

    def test_comes_in_pages(self) -> None:
        made = [a_row() for _ in range(5)]

        first = ledger.list_letters(wanted=Wanted(), page=PageRequest(limit=3))
        rest = ledger.list_letters(wanted=Wanted(), page=PageRequest(first.next, limit=3))

        assert [row.id for row in (*first.items, *rest.items)] == made[::-1]
        assert rest.next is None

    def test_counts_what_waits_by_queue(self) -> None:
        a_row(), a_row(), a_row(queue="previews")
        ledger.drop(row_id=a_row(), by="ada")

        assert ledger.count_waiting() == {"social": 2, "previews": 1}


class TestReplay:
    def test_hands_the_letter_to_its_queue_as_it_was(self, on_broker: Connection) -> None:
        row_id = a_row(id="t1")

        replayed = ledger.replay(row_id=row_id, by="ada", note="YouTube is back.")

        assert (replayed.state, replayed.settled_by, replayed.note, replayed.replays) == (
            *("replayed", "ada"),
            *("YouTube is back.", 1),
        )
        [(body, headers)] = taken(on_broker, "social")
        assert body == A_BODY
        assert (headers["task"], headers["id"], headers["retries"]) == ("social.upload", "t1", 0)
        assert not any(name.startswith("letter_") for name in headers)

    @pytest.mark.parametrize("body", [bytes(range(256)), b"x" * 100_000, "«é»".encode()])
    def test_keeps_every_byte(self, on_broker: Connection, body: bytes) -> None:
        row_id = a_row(body=body, kind="unknown", content_type="application/octet-stream")

        ledger.replay(row_id=row_id, by="ada")

        assert [found for found, _ in taken(on_broker, "social")] == [body]

    def test_lets_one_of_two_operators_win(self, on_broker: Connection) -> None:
        row_id, start = a_row(), threading.Barrier(2)

        def try_to(by: str) -> str:
            start.wait(10)
            try:
                ledger.replay(row_id=row_id, by=by)
            except (DeadLetterInHand, DeadLetterSettled) as refused:
                return type(refused).__name__
            return "replayed"

        with ThreadPoolExecutor(2) as threads:
            outcomes = list(threads.map(try_to, ["ada", "ben"]))

        assert outcomes.count("replayed") == 1
        assert len(taken(on_broker, "social")) == 1

    def test_is_for_waiting_letters_only(self) -> None:
        row_id = a_row()
        ledger.drop(row_id=row_id, by="ada")

        with pytest.raises(DeadLetterSettled, match="is dropped already, by ada"):
            ledger.replay(row_id=row_id, by="ben")
        with pytest.raises(DeadLetterNotFound):
            ledger.replay(row_id=new_id(), by="ben")

    def test_refuses_a_queue_that_is_gone(self) -> None:
        row_id = a_row(queue="events.karaoke")

        with pytest.raises(QueueIsGone, match=r"events\.karaoke"):
            ledger.replay(row_id=row_id, by="ada")
        assert ledger.get_letter(row_id=row_id).state == "waiting"

    def test_leaves_it_waiting_while_the_broker_is_away(self, settings: Any) -> None:
        row_id = a_row()
        there = settings.CELERY
        settings.CELERY = {**there, "broker_url": "redis://127.0.0.1:1/0"}

        with pytest.raises(BrokerDown):
            ledger.replay(row_id=row_id, by="ada")

        settings.CELERY = there
        assert ledger.replay(row_id=row_id, by="ben").settled_by == "ben"

    def test_can_be_done_again_a_minute_after_a_crash(self, on_broker: Connection) -> None:
        row_id, now = a_row(), datetime.now(UTC)
        services._claim(row_id, by="crashed", now=now)

        with pytest.raises(DeadLetterInHand, match="by crashed"):
            ledger.replay(row_id=row_id, by="ada")
        with ledger.on_the_broker() as producer:
            later = now + timedelta(seconds=61)
            done = services.replay(row_id=row_id, by="ada", note="", now=later, producer=producer)

        assert done.state == "replayed"

    def test_leaves_a_letter_waiting_that_died_anew(self, on_broker: Connection) -> None:
        letter = a_letter()
        ledger.file_letter(letter=letter)
        [row] = rows()

        ledger.replay(row_id=row.id, by="ada")
        ledger.file_letter(letter=letter)  # told twice of the first death
        assert rows(Wanted()) == []
        ledger.file_letter(letter=replace(letter, at=NOON + timedelta(microseconds=1)))

        [again] = rows(Wanted())
        assert (again.id, again.deaths, again.replays) == (row.id, 2, 1)

    def test_does_not_hide_a_death_that_came_first(self) -> None:
        """The worker may be faster than the operator's second write."""
        letter = a_letter()
        ledger.file_letter(letter=letter)
        [row] = rows()
        ledger.file_letter(letter=replace(letter, at=NOON + timedelta(seconds=1)))

        settled = DeadLetterRow.objects.settle(row.id, deaths=row.deaths, state="replayed")

        assert not settled
        assert ledger.get_letter(row_id=row.id).state == "waiting"


class TestDrop:
    def test_says_who_and_when(self) -> None:
        row_id = a_row()

        dropped = ledger.drop(row_id=row_id, by="ada", note="A test upload.")

        assert (dropped.state, dropped.settled_by, dropped.note) == (
            *("dropped", "ada"),
            "A test upload.",
        )
        assert dropped.settled_at is not None
        with pytest.raises(DeadLetterSettled):
            ledger.drop(row_id=row_id, by="ben")


class TestForgetSettled:
    def test_keeps_what_waits_and_what_is_recent(self) -> None:
        now = datetime.now(UTC)
        big = os.urandom(1_000_000)
        waiting, recent, old = a_row(), a_row(), a_row(body=big)
        for row_id, at in ((recent, now - timedelta(days=29)), (old, now - timedelta(days=31))):
            services.drop(row_id=row_id, by="ada", note="", now=at)
        assert list(BodyPart.objects)

        forgotten = ledger.forget_settled()

        assert forgotten == 1
        assert {row.id for row in rows()} == {waiting, recent}
        assert not list(BodyPart.objects)
        assert ledger.forget_settled() == 0


class TestReadSearch:
    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("", Wanted()),
            ("queue:previews code:gave-up", Wanted(queue="previews", code="gave-up")),
            ("state:any kind:event", Wanted(state="", kind="event")),
            ("replayed", Wanted(state="replayed")),
            ("timed-out", Wanted(code="timed-out")),
            ("social.upload", Wanted(name="social.upload")),
            ("01KB2WQYJ00000000000000000", Wanted(state="", row_id="01KB2WQYJ00000000000000000")),
            ("4f1c-9d", Wanted(state="", letter_id="4f1c-9d")),
            ("id:4f1c-9d", Wanted(state="", letter_id="4f1c-9d")),
        ],
    )
    def test_understands(self, text: str, wanted: Wanted) -> None:
        assert ledger.read_search(text) == wanted

    def test_reads_spans_back_from_now(self) -> None:
        before = datetime.now(UTC) - timedelta(hours=2)

        since = ledger.read_search("since:2h").since

        assert since is not None
        assert timedelta(0) <= since - before < timedelta(seconds=5)

    @pytest.mark.parametrize("text", ["state:lost", "code:x", "since:soon", "kind:x", "mood:bad"])
    def test_says_what_it_cannot_be_asked(self, text: str) -> None:
        with pytest.raises(DomainError, match="is nothing a dead letter can be searched by"):
            ledger.read_search(text)
