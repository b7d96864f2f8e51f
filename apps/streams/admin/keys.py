"""The desk of the valid stream keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import admin
from typing_extensions import override

from apps.streams import public as streams
from apps.streams.admin.people import handles_of
from apps.streams.contracts import (
    KeySummary,
)
from apps.streams.models import KeyDesk
from kit.admin import Answers, Column, Desk, RowAction
from kit.pages import Page, PageRequest


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A stream key with the handle of its creator; `opens` is what it publishes to."""

    id: str
    label: str
    creator: str
    opens: str
    made: datetime
    used: datetime | None


def revoke_key(key_id: str, _by: str, _answers: Answers) -> None:
    streams.revoke_key(key_id=key_id)


@admin.register(KeyDesk)
class KeyDeskAdmin(Desk):
    columns = (
        Column("label", "Label", "strong"),
        Column("creator", "Creator"),
        Column("opens", "Opens", "code"),
        Column("used", "Last used", "age"),
        Column("made", "Made", "age"),
        Column("id", "Id", "code"),
    )
    search_hint = "Search a creator's or a broadcast's id"
    empty = "There are no valid stream keys."
    row_actions = (
        RowAction(
            name="revoke",
            label="Revoke key",
            permission="streams.revoke_key",
            done="revoked",
            warning="What publishes with it is cut at once, and its creator needs another key. "
            "This cannot be undone.",
            run=revoke_key,
        ),
    )

    @override
    def rows(self, *, search: str, page: PageRequest) -> Page[KeyRow]:
        found = streams.list_keys_for_staff(search=search, page=page)
        handles = handles_of(row.creator_id for row in found.items)
        return found.map(lambda row: _key_row(row, handles[row.creator_id]))


def _key_row(found: KeySummary, creator: str) -> KeyRow:
    return KeyRow(
        id=found.id,
        label=found.label or "no label",
        creator=creator,
        opens=found.broadcast_id or "the channel",
        made=found.created_at,
        used=found.last_used_at,
    )
