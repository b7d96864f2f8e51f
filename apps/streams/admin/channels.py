"""The desk of the channels and their limits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib import admin
from typing_extensions import override

from apps.streams import public as streams
from apps.streams.admin.people import handles_of
from apps.streams.contracts import (
    ChannelRow,
)
from apps.streams.errors import BadMinutes
from apps.streams.models import ChannelDesk
from kit.admin import Answers, Ask, Column, Desk, RowAction
from kit.pages import Page, PageRequest

MINUTES_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A channel with the handle of its creator."""

    id: str
    creator: str
    minutes: str
    told: datetime | None


def limit_channel(creator_id: str, _by: str, answers: Answers) -> None:
    said = answers["minutes"].strip()
    if said and not (said.isascii() and said.isdigit() and len(said) <= MINUTES_DIGITS):
        raise BadMinutes
    streams.set_monthly_minutes(creator_id=creator_id, minutes=int(said) if said else None)


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
        handles = handles_of(row.id for row in found.items)
        return found.map(lambda row: _limit_row(row, handles[row.id]))


def _limit_row(found: ChannelRow, creator: str) -> LimitRow:
    own = found.monthly_minutes
    minutes = "as usual" if own is None else str(own or "any")
    return LimitRow(id=found.id, creator=creator, minutes=minutes, told=found.told_at)
