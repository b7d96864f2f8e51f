"""The operators' desks: dead letters with what to do about them, and the queues to be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from django.contrib import admin
from django.core.cache import cache
from django.http import HttpRequest
from pymongo.errors import PyMongoError
from typing_extensions import override

from apps.accounts import public as accounts
from kit.admin import Answers, Ask, Block, Column, Desk, Detail, RowAction
from kit.ids import is_id
from kit.pages import Page, PageRequest
from workers import printing
from workers.ledger import public as ledger
from workers.ledger.contracts import DeadLetter
from workers.management import queue_table
from workers.models import DeadLetterDesk, QueueDesk
from workers.queues import public as queues
from workers.queues.contracts import QueueRow

log = structlog.get_logger()

BADGE: Final = "admin:dead-letters"
BADGE_FRESH_S: Final = 10
MAX_REASON_CHARS: Final = 90


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A dead letter as staff see it; `what` is never empty, as it is what they click."""

    id: str
    what: str
    queue: str
    code: str
    reason: str
    tries: int
    deaths: int
    died_at: datetime
    state: str
    letter_id: str
    request_id: str
    first_at: datetime
    replays: int
    settled_by: str
    settled_at: datetime | None
    note: str
    size: str


def row(found: DeadLetter, *, handles: dict[str, str] | None = None) -> LetterRow:
    return LetterRow(
        id=found.id,
        what=printing.line(found.name) or "unknown message",
        queue=found.queue,
        code=found.code,
        reason=printing.line(found.reason, most=MAX_REASON_CHARS),
        tries=found.tries,
        deaths=found.deaths,
        died_at=found.died_at,
        state=found.state,
        letter_id=printing.line(found.letter_id),
        request_id=printing.line(found.request_id),
        first_at=found.created_at,
        replays=found.replays,
        settled_by=(handles or {}).get(found.settled_by, found.settled_by),
        settled_at=found.settled_at,
        note=found.note,
        size=printing.count(found.body_bytes, "byte"),
    )


def replay(row_id: str, by: str, answers: Answers) -> None:
    ledger.replay(row_id=row_id, by=by, note=answers["note"])
    cache.delete(BADGE)


def drop(row_id: str, by: str, answers: Answers) -> None:
    ledger.drop(row_id=row_id, by=by, note=answers["note"])
    cache.delete(BADGE)


@admin.register(DeadLetterDesk)
class DeadLetterDeskAdmin(Desk):
    columns = (
        Column("what", "What", "strong"),
        Column("queue", "Queue", "code"),
        Column("code", "Why", "state"),
        Column("reason", "Reason"),
        Column("died_at", "Died", "age"),
        Column("state", "State", "state"),
    )
    facts = (
        Column("state", "State", "state"),
        Column("code", "Why", "state"),
        Column("queue", "Queue", "code"),
        Column("tries", "Tries"),
        Column("died_at", "Died", "age"),
        Column("deaths", "Deaths"),
        Column("first_at", "First filed", "age"),
        Column("replays", "Replays"),
        Column("letter_id", "Id", "code"),
        Column("request_id", "Request", "code"),
        Column("settled_by", "Settled by"),
        Column("settled_at", "Settled", "age"),
        Column("note", "Note"),
        Column("size", "Body"),
    )
    tones = {
        "waiting": "warning",
        "replayed": "success",
        "killed-its-process": "danger",
        "timed-out": "danger",
        "gave-up": "info",
    }
    search_hint = "Id, name, code, queue:previews, since:2h"
    quick = (("Waiting", ""), ("Replayed", "replayed"), ("Dropped", "dropped"), ("All", "any"))
    empty = "No dead letter waits."
    row_actions = (
        RowAction(
            name="replay",
            label="Replay",
            permission="workers.replay_deadletter",
            done="replayed",
            warning="It goes to its queue again, as it was at first. Mend what killed it before.",
            run=replay,
            asks=(Ask("note", "Reason", "What has changed since it died.", is_required=False),),
        ),
        RowAction(
            name="drop",
            label="Drop",
            permission="workers.drop_deadletter",
            done="dropped",
            warning="Its work will never be done. The row stays for 30 days.",
            run=drop,
            asks=(Ask("note", "Reason", "Why nobody needs what it was to do."),),
        ),
    )

    @override
    def rows(self, *, search: str, page: PageRequest) -> Page[LetterRow]:
        return ledger.list_letters(wanted=ledger.read_search(search), page=page).map(row)

    @override
    def detail(self, row_id: str) -> Detail:
        found, contents = ledger.get_letter(row_id=row_id), ledger.get_contents(row_id=row_id)
        blocks = (
            Block("Reason", printing.safe(found.reason)),
            Block("Traceback", printing.safe(contents.traceback)),
            Block(f"Payload ({contents.content_type})", printing.readable(contents.body)),
            Block("Headers", printing.safe(printing.as_json(contents.headers))),
        )
        return Detail(
            row(found, handles=_handles([found.settled_by])),
            [block for block in blocks if block.text],
        )

    @override
    def may_act_on(self, _row: LetterRow) -> bool:
        return _row.state == "waiting"


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A queue as staff see it."""

    id: str
    ready: int
    in_hand: str
    workers: str
    oldest: str
    in_out: str
    dead: str
    state: str


@admin.register(QueueDesk)
class QueueDeskAdmin(Desk):
    columns = (
        Column("id", "Queue", "strong"),
        Column("ready", "Ready"),
        Column("in_hand", "In hand"),
        Column("workers", "Workers"),
        Column("oldest", "Oldest"),
        Column("in_out", "In / out a second"),
        Column("dead", "Dead letters"),
        Column("state", "State", "state"),
    )
    tones = {
        "fine": "success",
        "nobody works": "danger",
        "dead letters": "danger",
        "slow": "warning",
    }
    empty = "There are no queues."

    @override
    def rows(self, *, search: str, page: PageRequest) -> Page[QueueLine]:
        return Page([_line(one) for one in queues.look().rows])


def waiting_badge(_request: HttpRequest) -> str:
    """Return how many dead letters wait, for the sidebar; nothing where none do, or none know."""
    said: str | None = cache.get(BADGE)
    if said is None:
        try:
            count = sum(ledger.count_waiting().values())
        except PyMongoError as away:
            log.warning("badge unknown", error=str(away)[:200])
            count = 0
        said = str(count) if count else ""
        cache.set(BADGE, said, BADGE_FRESH_S)
    return said


def _line(found: QueueRow) -> QueueLine:
    rates = (found.in_per_s, found.out_per_s)
    state = found.problems[0].replace("-", " ") if found.problems else "fine"
    return QueueLine(
        id=found.id,
        ready=found.ready,
        in_hand=queue_table.number(found.unacked),
        workers=queue_table.number(found.consumers),
        oldest=queue_table.oldest(found),
        in_out=" / ".join(map(queue_table.rate, rates)) if None not in rates else "",
        dead=queue_table.number(found.dead),
        state=state,
    )


def _handles(user_ids: list[Any]) -> dict[str, str]:
    known = [user_id for user_id in user_ids if user_id and is_id(user_id)]
    found = accounts.find_profiles(user_ids=known) if known else {}
    return {user_id: f"@{profile.handle}" for user_id, profile in found.items()}
