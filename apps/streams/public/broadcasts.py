"""Broadcasts: made, found, ended."""

from __future__ import annotations

from typing import Final

from django.utils import timezone

from apps.accounts import public as accounts
from apps.streams import wiring
from apps.streams.contracts import (
    BroadcastDraft,
    BroadcastSummary,
    NewBroadcast,
)
from apps.streams.errors import (
    NotYourBroadcast,
)
from apps.streams.queries import broadcasts as found_broadcasts
from apps.streams.rules.broadcasts import ON_AIR_STATES, OPEN_STATES
from apps.streams.rules.visibility import VISIBILITIES
from apps.streams.services import broadcasts, visibility
from kit.pages import Page, PageRequest

STATES: Final = {
    "live": ON_AIR_STATES,
    "upcoming": ("scheduled",),
    "ready": ("ready",),
    "ended": ("ended",),
    "": (*OPEN_STATES, "ended"),
}


def create_broadcast(*, creator_id: str, draft: BroadcastDraft) -> NewBroadcast:
    made = broadcasts.create_broadcast(creator_id=creator_id, draft=draft, now=timezone.now())
    key = broadcasts.make_key(
        broadcast_id=made.id, creator_id=creator_id, label="", pepper=wiring.key_pepper()
    )
    return NewBroadcast(broadcast=made, ingest_url=wiring.media_engine().ingest_url(), key=key)


def get_broadcast(*, broadcast_id: str, viewer_id: str) -> BroadcastSummary:
    """Return a broadcast its viewer may see; to anyone else it does not exist."""
    return visibility.get_watchable(broadcast_id=broadcast_id, viewer_id=viewer_id)


def list_broadcasts(
    *, status: str, creator_id: str, viewer_id: str, page: PageRequest
) -> Page[BroadcastSummary]:
    """Return broadcasts a viewer may find: everyone's public ones, more of one creator's."""
    page_found = found_broadcasts.list_broadcasts(
        states=STATES[status],
        visibilities=findable_visibilities(creator_id=creator_id, viewer_id=viewer_id),
        creator_id=creator_id,
        page=page,
    )
    return Page(seen_by(viewer_id, page_found.items), page_found.next)


def list_live(*, viewer_id: str, limit: int) -> list[BroadcastSummary]:
    found = found_broadcasts.list_broadcasts(
        states=ON_AIR_STATES,
        visibilities=("public",),
        creator_id="",
        page=PageRequest(limit=limit),
    )
    return seen_by(viewer_id, found.items)


def list_upcoming(*, viewer_id: str, limit: int) -> list[BroadcastSummary]:
    return seen_by(viewer_id, found_broadcasts.list_upcoming(after=timezone.now(), limit=limit))


def end_own_broadcast(*, broadcast_id: str, by: str) -> BroadcastSummary:
    own_broadcast(broadcast_id=broadcast_id, by=by)
    return end_broadcast(broadcast_id=broadcast_id, by=by, reason="creator")


def end_broadcast(*, broadcast_id: str, by: str, reason: str, note: str = "") -> BroadcastSummary:
    return broadcasts.end_broadcast(
        broadcast_id=broadcast_id, by=by, reason=reason, note=note, now=timezone.now()
    )


def own_broadcast(*, broadcast_id: str, by: str) -> BroadcastSummary:
    found = get_broadcast(broadcast_id=broadcast_id, viewer_id=by)
    if found.creator_id != by:
        raise NotYourBroadcast(broadcast_id=broadcast_id)
    return found


def findable_visibilities(*, creator_id: str, viewer_id: str) -> tuple[str, ...]:
    if creator_id and creator_id == viewer_id:
        return VISIBILITIES
    if creator_id and accounts.is_following(follower_id=viewer_id, creator_id=creator_id):
        return ("public", "followers")
    return ("public",)


def seen_by(viewer_id: str, found: list[BroadcastSummary]) -> list[BroadcastSummary]:
    """Leave out what a viewer may not watch; a page may come out shorter than its limit."""
    verdicts = visibility.watchable(viewer_id=viewer_id, shown=found)
    return [row for row, may_watch in zip(found, verdicts, strict=True) if may_watch]
