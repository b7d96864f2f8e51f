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
    BroadcastNotFound,
    NotYourBroadcast,
)
from apps.streams.queries import broadcasts as found_broadcasts
from apps.streams.rules.broadcasts import ON_AIR_STATES, OPEN_STATES
from apps.streams.rules.visibility import VISIBILITIES, may_watch
from apps.streams.services import broadcasts, engine_pool
from kit.pages import Page, PageRequest

STATES: Final = {
    "live": ON_AIR_STATES,
    "upcoming": ("scheduled",),
    "ready": ("ready",),
    "ended": ("ended",),
    "": (*OPEN_STATES, "ended"),
}


def create_broadcast(*, creator_id: str, draft: BroadcastDraft) -> NewBroadcast:
    """Open a broadcast; tell where to publish, and the key this once.

    Raises:
        NoIngestFree: the engine keeps a pool of ingests, and all are lent.

    """
    is_pooled = wiring.media_engine().is_pooled()
    if is_pooled:
        engine_pool.need_free()
    made = broadcasts.create_broadcast(creator_id=creator_id, draft=draft, now=timezone.now())
    if is_pooled:
        return lend_ingest(broadcast=made)
    key = broadcasts.make_key(
        broadcast_id=made.id, creator_id=creator_id, label="", pepper=wiring.key_pepper()
    )
    return NewBroadcast(broadcast=made, ingest_url=wiring.media_engine().ingest_url(), key=key)


def lend_ingest(*, broadcast: BroadcastSummary) -> NewBroadcast:
    """Give a broadcast an ingest of its own from the pool; the one it had goes back."""
    lent = engine_pool.lend(
        broadcast_id=broadcast.id,
        creator_id=broadcast.creator_id,
        pepper=wiring.key_pepper(),
        safe=wiring.safe(),
        now=timezone.now(),
    )
    return NewBroadcast(broadcast=broadcast, ingest_url=lent.url, key=lent.key)


def get_broadcast(*, broadcast_id: str, viewer_id: str) -> BroadcastSummary:
    """Return a broadcast its viewer may see; to anyone else it does not exist."""
    found = found_broadcasts.get_broadcast(broadcast_id=broadcast_id)
    is_creator = viewer_id == found.creator_id
    is_follower = (
        not is_creator
        and found.visibility == "followers"
        and accounts.is_following(follower_id=viewer_id, creator_id=found.creator_id)
    )
    if not may_watch(found.visibility, is_creator=is_creator, is_follower=is_follower):
        raise BroadcastNotFound(broadcast_id=broadcast_id)
    return found


def list_broadcasts(
    *, status: str, creator_id: str, viewer_id: str, page: PageRequest
) -> Page[BroadcastSummary]:
    """Return broadcasts a viewer may find: everyone's public ones, more of one creator's."""
    return found_broadcasts.list_broadcasts(
        states=STATES[status],
        visibilities=findable_visibilities(creator_id=creator_id, viewer_id=viewer_id),
        creator_id=creator_id,
        page=page,
    )


def list_live(*, limit: int) -> list[BroadcastSummary]:
    found = found_broadcasts.list_broadcasts(
        states=ON_AIR_STATES,
        visibilities=("public",),
        creator_id="",
        page=PageRequest(limit=limit),
    )
    return found.items


def list_upcoming(*, limit: int) -> list[BroadcastSummary]:
    return found_broadcasts.list_upcoming(after=timezone.now(), limit=limit)


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
