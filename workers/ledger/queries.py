"""Reads of the ledger; they hand out contracts, never documents."""

from __future__ import annotations

from typing import Any, Final

from kombu.utils import json as typed_json

from kit.letters import Code, Letter, Why
from kit.pages import Page, PageRequest, cut
from workers.ledger import rules
from workers.ledger.contracts import Contents, DeadLetter, Wanted
from workers.ledger.documents import BodyPart, DeadLetterRow
from workers.ledger.errors import DeadLetterNotFound

MOST_COUNTED: Final = 10_000
_HEAVY: Final = ("body", "headers", "traceback")


def list_letters(*, wanted: Wanted, page: PageRequest) -> Page[DeadLetter]:
    """Return rows, the newest first death first."""
    conditions: dict[str, Any] = {
        name: value
        for name in ("state", "queue", "kind", "name", "code", "letter_id")
        if (value := getattr(wanted, name))
    }
    if wanted.row_id:
        conditions["id"] = wanted.row_id
    if wanted.since:
        conditions["died_at__gte"] = wanted.since
    if page.cursor:
        conditions["id__lt"] = page.cursor
    rows = DeadLetterRow.objects(**conditions).exclude(*_HEAVY).order_by("-id")
    found = [contract(row) for row in rows.limit(page.limit + 1)]
    return cut(found, limit=page.limit, cursor_of=lambda one: one.id)


def get_letter(*, row_id: str) -> DeadLetter:
    """Return one row.

    Raises:
        DeadLetterNotFound: no such row.

    """
    return contract(get_document(row_id))


def get_contents(*, row_id: str) -> Contents:
    """Return what one letter carries.

    Raises:
        DeadLetterNotFound: no such row.

    """
    row = get_document(row_id)
    return Contents(
        body=_body(row),
        content_type=row.content_type,
        content_encoding=row.content_encoding,
        headers=typed_json.loads(row.headers or "{}"),
        traceback=row.traceback or "",
    )


def count_waiting() -> dict[str, int]:
    """Return how many letters wait, by queue; beyond MOST_COUNTED in all none are counted."""
    found = DeadLetterRow._get_collection().aggregate(  # noqa: SLF001
        [
            {"$match": {"state": "waiting"}},
            {"$limit": MOST_COUNTED},
            {"$group": {"_id": "$queue", "count": {"$sum": 1}}},
        ]
    )
    return {row["_id"]: int(row["count"]) for row in found}


def get_document(row_id: str) -> DeadLetterRow:
    found: DeadLetterRow | None = DeadLetterRow.objects(id=row_id).first()
    if found is None:
        raise DeadLetterNotFound(row_id=row_id)
    return found


def letter(row: DeadLetterRow) -> Letter:
    """Return the letter as it was found, fit to be replayed."""
    return Letter(
        id=row.letter_id,
        kind=row.kind,
        name=row.name or "",
        queue=row.queue,
        why=Why(code=Code(row.code), reason=row.reason or "", tries=row.tries),
        at=row.died_at,
        request_id=row.request_id or "",
        body=_body(row),
        content_type=row.content_type,
        content_encoding=row.content_encoding,
        headers=typed_json.loads(row.headers or "{}"),
    )


def contract(row: DeadLetterRow) -> DeadLetter:
    return DeadLetter(
        id=row.id,
        letter_id=row.letter_id,
        kind=row.kind,
        name=row.name or "",
        queue=row.queue,
        code=row.code,
        reason=row.reason or "",
        tries=row.tries,
        deaths=row.deaths,
        replays=row.replays,
        state=row.state,
        created_at=row.created_at,
        died_at=row.died_at,
        request_id=row.request_id or "",
        body_bytes=row.body_bytes,
        settled_by=row.settled_by or "",
        settled_at=row.settled_at,
        note=row.note or "",
    )


def _body(row: DeadLetterRow) -> bytes:
    text = row.body or ""
    if row.body_parts:
        ids = [part_id(row.mark, number) for number in range(row.body_parts)]
        found = {part.id: part.text for part in BodyPart.objects(mark=row.mark)}
        text = "".join(found[one] for one in ids)
    return rules.unpack(row.body_form, text)


def part_id(mark: str, number: int) -> str:
    return f"{mark}.{number:04}"
