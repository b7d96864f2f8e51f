"""The desks of streams: what is or may come on air, the keys that open it, and the channels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from django.contrib import admin
from typing_extensions import override

from apps.accounts import public as accounts
from apps.streams import public as streams
from apps.streams.admin import recordings as recordings
from apps.streams.contracts import (
    BroadcastState,
    BroadcastSummary,
    ChannelRow,
    EngineSessionSummary,
    KeySummary,
)
from apps.streams.errors import BadMinutes
from apps.streams.models import BroadcastDesk, ChannelDesk, EngineDesk, KeyDesk
from apps.streams.rules.staff_words import watched_in_words
from kit.admin import Answers, Ask, Block, Column, Desk, Detail, RowAction
from kit.pages import Page, PageRequest

MINUTES_DIGITS: Final = 6


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


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A stream key with the handle of its creator; `opens` is what it publishes to."""

    id: str
    label: str
    creator: str
    opens: str
    made: datetime
    used: datetime | None


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A channel with the handle of its creator."""

    id: str
    creator: str
    minutes: str
    told: datetime | None


def end_broadcast(broadcast_id: str, by: str, answers: Answers) -> None:
    streams.end_broadcast(broadcast_id=broadcast_id, by=by, reason="staff", note=answers["note"])


def remove_broadcast(broadcast_id: str, by: str, answers: Answers) -> None:
    streams.remove_broadcast(
        broadcast_id=broadcast_id, by=by, reason="staff", note=answers["note"]
    )


def revoke_key(key_id: str, _by: str, _answers: Answers) -> None:
    streams.revoke_key(key_id=key_id)


def limit_channel(creator_id: str, _by: str, answers: Answers) -> None:
    said = answers["minutes"].strip()
    if said and not (said.isascii() and said.isdigit() and len(said) <= MINUTES_DIGITS):
        raise BadMinutes
    streams.set_monthly_minutes(creator_id=creator_id, minutes=int(said) if said else None)


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
        handles = _handles(row.creator_id for row in found.items)
        return found.map(lambda row: _row(row, handles.get(row.creator_id, row.creator_id)))

    @override
    def detail(self, row_id: str) -> Detail:
        found = streams.get_state(broadcast_id=row_id)
        creator_id = found.broadcast.creator_id
        watched = watched_in_words(streams.summarize_watching(broadcast_id=row_id))
        return Detail(
            _facts(found, _handles([creator_id]).get(creator_id, creator_id)),
            [Block("Viewers", watched)],
        )


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
        handles = _handles(row.creator_id for row in found.items)
        return found.map(lambda row: _key_row(row, handles.get(row.creator_id, row.creator_id)))


@admin.register(ChannelDesk)
class ChannelDeskAdmin(Desk):
    columns = (
        Column("creator", "Creator", "strong"),
        Column("minutes", "Minutes a month"),
        Column("told", "Followers last told", "age"),
        Column("id", "Id", "code"),
    )
    search_hint = "Search a creator's id"
    empty = "No channel has settings of its own."
    row_actions = (
        RowAction(
            name="limit",
            label="Limit minutes",
            permission="streams.limit_channel",
            done="limited",
            warning="It holds from the next broadcast on.",
            run=limit_channel,
            asks=(
                Ask(
                    "minutes",
                    "Minutes a month",
                    "0: any. Empty: as the operator's setting says.",
                    is_required=False,
                ),
            ),
        ),
    )

    @override
    def rows(self, *, search: str, page: PageRequest) -> Page[LimitRow]:
        found = streams.list_channels_for_staff(search=search, page=page)
        handles = _handles(row.id for row in found.items)
        return found.map(lambda row: _limit_row(row, handles.get(row.id, row.id)))


def _handles(creator_ids: Iterable[str]) -> dict[str, str]:
    creators = accounts.find_profiles(user_ids=list(creator_ids))
    return {user_id: f"@{profile.handle}" for user_id, profile in creators.items()}


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


def _key_row(found: KeySummary, creator: str) -> KeyRow:
    return KeyRow(
        id=found.id,
        label=found.label or "no label",
        creator=creator,
        opens=found.broadcast_id or "the channel",
        made=found.created_at,
        used=found.last_used_at,
    )


def _limit_row(found: ChannelRow, creator: str) -> LimitRow:
    own = found.monthly_minutes
    minutes = "as usual" if own is None else str(own or "any")
    return LimitRow(id=found.id, creator=creator, minutes=minutes, told=found.told_at)


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""


@dataclass(frozen=True, slots=True)
class EncoderRow:
    """A connection to the media engine; `mbytes` is a dash where the engine does not count."""

    id: str
    broadcast: str
    since: datetime | None
    mbytes: str
    recorded: str


def cut_session(row_id: str, _by: str, _answers: Answers) -> None:
    streams.cut_engine_session(row_id=row_id)


@admin.register(EngineDesk)
class EngineDeskAdmin(Desk):
    columns = (
        Column("broadcast", "Broadcast", "code"),
        Column("recorded", "Recorded", "state"),
        Column("mbytes", "Megabytes"),
        Column("since", "Since", "age"),
        Column("id", "Connection", "code"),
    )
    tones = {"yes": "success", "no": "warning"}
    empty = "Nobody publishes."
    row_actions = (
        RowAction(
            name="cut",
            label="Cut connection",
            permission="streams.cut_session",
            done="cut",
            warning="The encoder is hung up on. With a valid key it may come back at once.",
            run=cut_session,
        ),
    )

    @override
    def rows(self, *, search: str, page: PageRequest) -> Page[EncoderRow]:
        """Ask the engine; what it lists at the moment is one page."""
        found = streams.list_engine_sessions()
        rows = [_encoder_row(one) for one in found if search in {"", one.broadcast_id}]
        return Page(items=rows, next=None)


def _encoder_row(found: EngineSessionSummary) -> EncoderRow:
    counted = found.received_bytes >= 0
    return EncoderRow(
        id=found.id,
        broadcast=found.broadcast_id or "unknown",
        since=found.started_at,
        mbytes=f"{found.received_bytes / 1e6:.0f}" if counted else "–",  # noqa: RUF001 (a dash)
        recorded="yes" if found.is_recorded else "no",
    )
