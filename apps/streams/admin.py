"""The broadcasts desk: what is or may come on air, and the switch that ends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import admin
from typing_extensions import override

from apps.accounts import public as accounts
from apps.streams import public as streams
from apps.streams.contracts import BroadcastSummary
from apps.streams.models import BroadcastDesk
from kit.admin import Answers, Ask, Column, Desk, RowAction
from kit.pages import Page, PageRequest


@dataclass(frozen=True, slots=True)
class BroadcastRow:
    """A broadcast with the handle of its creator; `since` is when its state's story began."""

    id: str
    title: str
    creator: str
    state: str
    visibility: str
    since: datetime


def end_broadcast(broadcast_id: str, by: str, answers: Answers) -> None:
    streams.end_broadcast(broadcast_id=broadcast_id, by=by, reason="staff", note=answers["note"])


@admin.register(BroadcastDesk)
class BroadcastDeskAdmin(Desk):
    columns = (
        Column("title", "Title", "strong"),
        Column("creator", "Creator"),
        Column("state", "State", "state"),
        Column("visibility", "Visibility"),
        Column("since", "Since", "age"),
        Column("id", "Id", "code"),
    )
    tones = {"live": "danger", "interrupted": "warning", "ready": "info"}
    search_hint = "Search titles"
    empty = "Nobody is live or about to be."
    row_actions = (
        RowAction(
            name="end",
            label="End broadcast",
            permission="streams.end_broadcast",
            done="ended",
            warning="Viewers are cut off at once, and the encoder's key stops working for it. "
            "This cannot be undone.",
            run=end_broadcast,
            asks=(Ask("note", "Reason", "Kept in the audit trail."),),
        ),
    )

    @override
    def rows(self, *, search: str, page: PageRequest) -> Page[BroadcastRow]:
        found = streams.list_for_staff(search=search, page=page)
        creators = accounts.find_profiles(user_ids=[row.creator_id for row in found.items])
        handles = {user_id: f"@{profile.handle}" for user_id, profile in creators.items()}
        return found.map(lambda row: _row(row, handles.get(row.creator_id, row.creator_id)))


def _row(found: BroadcastSummary, creator: str) -> BroadcastRow:
    return BroadcastRow(
        id=found.id,
        title=found.title,
        creator=creator,
        state=found.state,
        visibility=found.visibility,
        since=found.live_at or found.created_at,
    )
