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
from apps.previews.contracts import Asset, PreviewSummary, ShareSummary, StaffPreview
from apps.previews.models import PreviewDesk, ShareDesk
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


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A shared clip with what an operator decides on."""

    id: str
    recording_id: str
    creator_id: str
    span: str
    template: str
    state: str
    progress: str
    since: datetime
    error: str
    sentence: str
    cost: str
    tries: int
    file: str


def cancel_share(share_id: str, by: str, _answers: Answers) -> None:
    previews.cancel_share(share_id=share_id, by=by)


def remove_share(share_id: str, _by: str, _answers: Answers) -> None:
    previews.remove_share(share_id=share_id)


@admin.register(ShareDesk)
class ShareDeskAdmin(Desk):
    columns = (
        Column("recording_id", "Of", "code"),
        Column("creator_id", "Creator", "code"),
        Column("span", "Part"),
        Column("template", "Template"),
        Column("state", "State", "state"),
        Column("progress", "Progress"),
        Column("since", "Since", "age"),
        Column("error", "Failure", "code"),
    )
    facts = (
        *columns,
        Column("sentence", "Why"),
        Column("cost", "CPU"),
        Column("tries", "Tries"),
        Column("file", "File"),
    )
    tones = {"ready": "success", "failed": "danger", "running": "info", "cancelled": "warning"}
    search_hint = "State, failure code, or id of a recording or broadcast"
    quick = (("Failed", "failed"), ("Running", "running"), ("Waiting", "queued"))
    empty = "Nobody shared a clip yet."
    row_actions = (
        RowAction(
            name="cancel",
            label="Cancel",
            permission="previews.cancel_share",
            done="cancelled",
            warning="The job is stopped within seconds; its creator may ask again.",
            run=cancel_share,
        ),
        RowAction(
            name="remove",
            label="Delete",
            permission="previews.remove_share",
            done="deleted",
            warning="The file is deleted. What was posted elsewhere stays there.",
            run=remove_share,
        ),
    )

    @override
    def rows(self, *, search: str, page: PageRequest) -> Page[ShareRow]:
        return previews.list_shares_for_staff(search=search, page=page).map(_share_row)

    @override
    def detail(self, row_id: str) -> Detail:
        found = previews.get_share_for_staff(share_id=row_id)
        seen = [Block("What was seen", found.error_detail)] if found.error_detail else []
        return Detail(_share_row(found), seen)


def _share_row(found: ShareSummary) -> ShareRow:
    asset = found.asset
    return ShareRow(
        id=found.id,
        recording_id=found.recording_id,
        creator_id=found.creator_id,
        span=f"{found.start_s:.1f}-{found.end_s:.1f} s",
        template=found.template,
        state=found.state,
        progress=f"{found.progress} %" if found.state == "running" else "",
        since=found.updated_at,
        error=found.error_code,
        sentence=found.error_sentence,
        cost=f"{found.cpu_s:.1f} s" if found.cpu_s else "",
        tries=found.tries,
        file=f"{asset.width}x{asset.height}, {_bytes(asset.bytes)}" if asset else "",
    )


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
