"""Writes of the ledger, one function a verb."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from kombu import Producer
from kombu.utils import json as typed_json

from kit import broker, letters
from kit.broker import BrokerDown
from kit.letters import Letter
from workers.ledger import queries, rules
from workers.ledger.contracts import DeadLetter
from workers.ledger.documents import BodyPart, DeadLetterRow
from workers.ledger.errors import (
    DeadLetterDiedAnew,
    DeadLetterInHand,
    DeadLetterSettled,
    QueueIsGone,
)

MAX_NAME_CHARS: Final = 500
FORGOTTEN_AT_ONCE: Final = 500


def file_letter(*, letter: Letter) -> bool:
    """Write a letter down; False where this very death was written down before.

    A letter that died before waits again, with one death more. Parts of a body come first: a crash
    in between leaves parts without a row, and the letter is still on the broker.
    """
    mark = rules.mark(letter.queue, letter.id)
    death = rules.death(letter.at)
    form, text = rules.pack(letter.body)
    parts = rules.split(text)
    for number, part in enumerate(parts):
        BodyPart(id=queries.part_id(mark, number), mark=mark, text=part).save()
    latest = {
        "died_at": letter.at,
        "code": str(letter.why.code),
        "reason": rules.clean(letter.why.reason, most=letters.MAX_REASON_CHARS),
        "traceback": rules.clean(letter.why.traceback, most=letters.MAX_TRACEBACK_CHARS),
        "tries": max(0, min(letter.why.tries, rules.MAX_TRIES_KEPT)),
        "request_id": rules.clean(letter.request_id, most=MAX_NAME_CHARS),
        "content_type": rules.clean(letter.content_type, most=MAX_NAME_CHARS),
        "content_encoding": rules.clean(letter.content_encoding, most=MAX_NAME_CHARS),
        "headers": typed_json.dumps(letters.own_headers(letter.headers)),
        "body": "" if parts else text,
        "body_form": form,
        "body_bytes": len(letter.body),
        "body_parts": len(parts),
    }
    added = DeadLetterRow.objects.add(
        mark=mark,
        letter_id=rules.clean(letter.id, most=MAX_NAME_CHARS),
        kind=letter.kind,
        name=rules.clean(letter.name, most=MAX_NAME_CHARS),
        queue=letter.queue,
        death=death,
        **latest,
    )
    return bool(added or DeadLetterRow.objects.count_death(mark, death=death, **latest))


def replay(*, row_id: str, by: str, note: str, now: datetime, producer: Producer) -> DeadLetter:
    """Hand a waiting letter to its queue again.

    The claim picks the winner of two operators. A crash after it leaves the letter claimed for
    CLAIM_S, and a crash after the broker took it lets it be replayed twice: tasks and subscribers
    absorb that, and nothing absorbs a loss.

    Raises:
        DeadLetterNotFound: no such row.
        DeadLetterSettled: it does not wait any more.
        DeadLetterInHand: somebody else is replaying it.
        QueueIsGone: nothing would take it.
        BrokerDown: the broker did not confirm it; it waits on.

    """
    row = queries.get_document(row_id)
    if row.queue not in broker.queue_names():
        raise QueueIsGone(row_id=row_id, queue=row.queue)
    _claim(row_id, by=by, now=now)
    row = queries.get_document(row_id)
    try:
        letters.replay(producer, queries.letter(row))
    except broker.AWAY as down:
        DeadLetterRow.objects.release(row_id, by=by)
        raise BrokerDown from down
    DeadLetterRow.objects.count_replay(row_id)
    # where it died anew in the meantime it goes on waiting
    DeadLetterRow.objects.settle(
        row_id, deaths=row.deaths, state="replayed", settled_by=by, settled_at=now, note=note
    )
    return queries.get_letter(row_id=row_id)


def drop(*, row_id: str, by: str, note: str, now: datetime) -> DeadLetter:
    """Give a waiting letter up for good; its row stays for SETTLED_KEPT.

    Raises:
        DeadLetterNotFound: no such row.
        DeadLetterSettled: it does not wait any more.
        DeadLetterInHand: somebody is replaying it.
        DeadLetterDiedAnew: it was given up once more just now; it waits on.

    """
    _claim(row_id, by=by, now=now)
    row = queries.get_document(row_id)
    if not DeadLetterRow.objects.settle(
        row_id, deaths=row.deaths, state="dropped", settled_by=by, settled_at=now, note=note
    ):
        raise DeadLetterDiedAnew(row_id=row_id)
    return queries.get_letter(row_id=row_id)


def forget_settled(*, now: datetime) -> int:
    """Delete rows settled longer than SETTLED_KEPT ago; return how many. Waiting ones stay."""
    old = DeadLetterRow.objects(
        state__in=["replayed", "dropped"], settled_at__lt=now - rules.SETTLED_KEPT
    )
    marks = [row.mark for row in old.only("mark").limit(FORGOTTEN_AT_ONCE)]
    if marks:
        # a letter that died anew since then waits, and keeps its row and its parts
        DeadLetterRow.objects(mark__in=marks, state__in=["replayed", "dropped"]).delete()
        kept = {row.mark for row in DeadLetterRow.objects(mark__in=marks).only("mark")}
        BodyPart.objects(mark__in=[mark for mark in marks if mark not in kept]).delete()
    return len(marks)


def _claim(row_id: str, *, by: str, now: datetime) -> None:
    until = now + timedelta(seconds=rules.CLAIM_S)
    if DeadLetterRow.objects.claim(row_id, by=by, now=now, until=until):
        return
    row = queries.get_document(row_id)
    if row.state != "waiting":
        raise DeadLetterSettled(row_id=row_id, state=row.state, by=row.settled_by or "nobody")
    raise DeadLetterInHand(row_id=row_id, by=row.claimed_by or "somebody")
