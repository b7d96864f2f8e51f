"""The previews desk: what failed and why, what it cost, and what changed, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from typing_extensions import override

from apps.previews import public as previews
from apps.previews import tasks
from apps.previews.contracts import Asset, PreviewSummary, StaffPreview
from apps.previews.models import PreviewDesk
from kit.admin import Answers, Block, Column, Desk, Detail, RowAction
from kit.pages import Page, PageRequest


@dataclass(frozen=True, slots=True)
class Side:
    """One revision to look at; what it lacks is empty."""

    heading: str
    clips: Sequence[Asset]
    posters: Sequence[Asset]
    sheets: Sequence[Asset]


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A set with what an operator decides on."""

    id: str
    subject_id: str
    subject: str
    state: str
    progress: str
    since: datetime
    error: str
    sentence: str
    cost: str
    source: str
    made: str
    tries: int
    revision: int
    broadcast_id: str
    size: str


def regenerate(set_id: str, _by: str, _answers: Answers) -> None:
    tasks.queue(previews.regenerate_by_id(set_id=set_id))


def cancel(set_id: str, by: str, _answers: Answers) -> None:
    previews.cancel_by_id(set_id=set_id, by=by)


@admin.register(PreviewDesk)
class PreviewDeskAdmin(Desk):
    columns = (
        Column("subject_id", "Of", "code"),
        Column("subject", "Kind"),
        Column("state", "State", "state"),
        Column("progress", "Progress"),
        Column("since", "Since", "age"),
        Column("error", "Failure", "code"),
        Column("cost", "CPU"),
        Column("tries", "Tries"),
    )
    facts = (
        Column("subject", "Kind"),
        Column("state", "State", "state"),
        Column("subject_id", "Of", "code"),
        Column("broadcast_id", "Broadcast", "code"),
        Column("since", "Since", "age"),
        Column("progress", "Progress"),
        Column("revision", "Revision"),
        Column("size", "Footage"),
        Column("cost", "CPU"),
        Column("source", "Read"),
        Column("made", "Made"),
        Column("error", "Failure", "code"),
        Column("sentence", "Why"),
    )
    tones = {
        "ready": "success",
        "failed": "danger",
        "running": "info",
        "cancelled": "warning",
        "removed": "warning",
    }
    search_hint = "State, failure code, or id of a recording or broadcast"
    quick = (("Failed", "failed"), ("Running", "running"), ("Waiting", "pending"))
    empty = "No previews yet."
    detail_template = "admin/previews/detail.html"
    row_actions = (
        RowAction(
            name="regenerate",
            label="Make anew",
            permission="previews.regenerate_preview",
            done="queued",
            warning="What is shown now stays until the new one is there; then compare them.",
            run=regenerate,
        ),
        RowAction(
            name="cancel",
            label="Cancel",
            permission="previews.cancel_preview",
            done="cancelled",
            warning="The job is stopped within seconds. What was shown before stays.",
            run=cancel,
        ),
    )

    @override
    def rows(self, *, search: str, page: PageRequest) -> Page[PreviewRow]:
        return previews.list_for_staff(search=search, page=page).map(_row)

    @override
    def detail(self, row_id: str) -> Detail:
        found = previews.get_for_staff(set_id=row_id)
        error = found.preview.error_detail
        return Detail(_row(found), [Block("What was seen", error)] if error else [])

    @override
    def detail_view(self, request: HttpRequest, row_id: str) -> HttpResponse:
        answer = super().detail_view(request, row_id)
        context = getattr(answer, "context_data", None)
        if context and "row" in context:
            context["sides"] = _sides(previews.get_for_staff(set_id=row_id))
        return answer


def _row(found: StaffPreview) -> PreviewRow:
    preview, cost = found.preview, found.cost
    return PreviewRow(
        id=found.id,
        subject_id=preview.subject_id,
        subject=preview.subject
        if found.priority != "backfill"
        else f"{preview.subject}, backfill",
        state=preview.state,
        progress=f"{preview.progress} %" if preview.state == "running" else "",
        since=preview.updated_at,
        error=preview.error_code,
        sentence=preview.error_sentence,
        cost=f"{cost.cpu_s} s, {cost.peak_rss_mb:.0f} MB" if cost.cpu_s else "",
        source=_bytes(cost.source_bytes),
        made=_bytes(cost.made_bytes),
        tries=found.attempt,
        revision=preview.revision,
        broadcast_id=preview.broadcast_id,
        size=_size(preview) if preview.width else "",
    )


def _sides(found: StaffPreview) -> list[Side]:
    sides = [_side("Shown now", found.preview.assets)]
    return [*sides, _side("Before", found.before)] if found.before else sides


def _side(heading: str, assets: Sequence[Asset]) -> Side:
    def of(*kinds: str) -> list[Asset]:
        return sorted((one for one in assets if one.kind in kinds), key=lambda one: one.width)

    return Side(heading, of("preview"), of("poster", "thumbnail"), of("storyboard"))


def _size(preview: PreviewSummary) -> str:
    cut = ", truncated" if preview.truncated else ""
    return f"{preview.width}x{preview.height}, {preview.duration_s:.0f} s{cut}"


def _bytes(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count else ""
