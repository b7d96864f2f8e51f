"""The desk of who publishes to the media engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import admin
from typing_extensions import override

from apps.streams import public as streams
from apps.streams.contracts import (
    EngineSessionSummary,
)
from apps.streams.models import EngineDesk
from kit.admin import Answers, Column, Desk, RowAction
from kit.pages import Page, PageRequest


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
