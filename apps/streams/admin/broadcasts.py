"""The desk of what is or may come on air."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.contrib import admin
from typing_extensions import override

from apps.streams import public as streams
from apps.streams.admin.people import handles_of
from apps.streams.contracts import (
    BroadcastState,
    BroadcastSummary,
)
from apps.streams.models import BroadcastDesk
from apps.streams.rules.staff_words import watched_in_words
from kit.admin import Answers, Ask, Block, Column, Desk, Detail, RowAction
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


@dataclass(frozen=True, slots=True)
class BroadcastFacts(BroadcastRow):
    """Everything about one broadcast that helps to tell what is wrong with it."""

    epoch: int
    session: str
    key: str
    lease_until: str
    reconnect_until: str
    ends_by: str
    starts_at: str
    live_at: str
    announced_at: str
    ended_at: str
    last_stop: str
    end_reason: str


def end_broadcast(broadcast_id: str, by: str, answers: Answers) -> None:
    streams.end_broadcast(broadcast_id=broadcast_id, by=by, reason="staff", note=answers["note"])


def remove_broadcast(broadcast_id: str, by: str, answers: Answers) -> None:
    streams.remove_broadcast(
        broadcast_id=broadcast_id, by=by, reason="staff", note=answers["note"]
    )


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
    facts = (
        Column("creator", "Creator"),
        Column("state", "State", "state"),
        Column("visibility", "Visibility"),
        Column("epoch", "Epoch"),
        Column("session", "Session", "code"),
        Column("key", "Key", "code"),
        Column("lease_until", "Lease until"),
        Column("reconnect_until", "Waits for its encoder until"),
        Column("ends_by", "Ended by a limit at"),
        Column("starts_at", "Starts at"),
        Column("live_at", "Live at"),
        Column("announced_at", "Announcement settled at"),
        Column("ended_at", "Ended at"),
        Column("last_stop", "Why the last session stopped"),
        Column("end_reason", "Why it ended"),
    )
    tones = {"live": "danger", "interrupted": "warning", "ready": "info"}
    search_hint = "Search titles, or an id in any state"
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
        RowAction(
            name="remove",
            label="Remove broadcast",
            permission="streams.remove_broadcast",
            done="removed",
            warning="It is taken off the air, and nobody sees it any more. This cannot be undone.",
            run=remove_broadcast,
            asks=(Ask("note", "Reason", "Kept in the audit trail."),),
        ),
    )

    @override
    def rows(self, *, search: str, page: PageRequest) -> Page[BroadcastRow]:
        found = streams.list_for_staff(search=search, page=page)
        handles = handles_of(row.creator_id for row in found.items)
        return found.map(lambda row: _row(row, handles[row.creator_id]))

    @override
    def detail(self, row_id: str) -> Detail:
        found = streams.get_state(broadcast_id=row_id)
        creator_id = found.broadcast.creator_id
        watched = watched_in_words(streams.summarize_watching(broadcast_id=row_id))
        return Detail(
            _facts(found, handles_of([creator_id])[creator_id]),
            [Block("Viewers", watched)],
        )


def _row(found: BroadcastSummary, creator: str) -> BroadcastRow:
    return BroadcastRow(
        id=found.id,
        title=found.title,
        creator=creator,
        state=found.state,
        visibility=found.visibility,
        since=found.live_at or found.created_at,
    )


def _facts(found: BroadcastState, creator: str) -> BroadcastFacts:
    told = found.broadcast
    return BroadcastFacts(
        **asdict(_row(told, creator)),
        epoch=told.epoch,
        session=found.session_id,
        key=found.key_id,
        lease_until=_moment(found.lease_until),
        reconnect_until=_moment(told.reconnect_until),
        ends_by=_moment(told.ends_by),
        starts_at=_moment(told.starts_at),
        live_at=_moment(told.live_at),
        announced_at=_moment(found.announced_at),
        ended_at=_moment(told.ended_at),
        last_stop=found.stop_reason,
        end_reason=told.end_reason,
    )


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""
