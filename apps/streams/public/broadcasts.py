"""Broadcasts: made, found, ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.utils import timezone

from apps.accounts import public as accounts
from apps.streams import wiring
from apps.streams.contracts import (
    BroadcastChanges,
    BroadcastDraft,
    BroadcastSummary,
    NewBroadcast,
)
from apps.streams.errors import (
    NotYourBroadcast,
)
from apps.streams.queries import broadcasts as found_broadcasts
from apps.streams.queries.channels import get_settings
from apps.streams.rules.broadcasts import BEFORE_AIR_STATES, ON_AIR_STATES, OPEN_STATES
from apps.streams.rules.visibility import VISIBILITIES
from apps.streams.services import (
    broadcasts,
    engine_pool,
    keys,
    presence,
    schedule,
    visibility,
)
from kit.pages import Page, PageRequest

get_state = found_broadcasts.get_state

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
        TooManyIngests: the engine keeps a pool of ingests, and the creator has enough of them.
        NoIngestFree: all of them are lent.

    """
    is_pooled = wiring.media_engine().is_pooled()
    if is_pooled:
        most = engine_pool.most_each(wiring.pool_size())
        engine_pool.need_free(creator_id=creator_id, most=most)
    made = broadcasts.create_broadcast(
        creator_id=creator_id, draft=draft, now=timezone.now(), rules=wiring.air_rules()
    )
    if is_pooled:
        return lend_ingest(broadcast=made)
    key = keys.make_key(
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
        most=engine_pool.most_each(wiring.pool_size()),
    )
    return NewBroadcast(broadcast=broadcast, ingest_url=lent.url, key=lent.key)


def make_draft(*, creator_id: str, wanted: dict[str, Any]) -> BroadcastDraft:
    """Return a draft of what a creator asked for; the channel's defaults stand for the rest."""
    usual = get_settings(creator_id=creator_id)
    defaults: dict[str, Any] = {
        "visibility": usual.visibility,
        "record": usual.record,
        "reconnect_window_s": usual.reconnect_window_s,
    }
    return BroadcastDraft(**defaults | wanted)


def change_broadcast(*, broadcast_id: str, by: str, changes: BroadcastChanges) -> BroadcastSummary:
    """Change a creator's own broadcast.

    Raises:
        BroadcastNotFound: there is none that the caller may see.
        NotYourBroadcast: it belongs to someone else.
        BroadcastOver: it was removed, or is over and the change is about how it is made.
        StartsInThePast: `starts_at` is before now.
        WentLive: it cannot be moved to another time any more.

    """
    own_broadcast(broadcast_id=broadcast_id, by=by)
    return schedule.change_broadcast(
        broadcast_id=broadcast_id, changes=changes, now=timezone.now(), rules=wiring.air_rules()
    )


def delete_own_broadcast(*, broadcast_id: str, by: str) -> None:
    """Cancel a creator's own broadcast before it goes on air, or remove it. Safe to repeat."""
    found = own_broadcast(broadcast_id=broadcast_id, by=by)
    if found.state in BEFORE_AIR_STATES:
        end_broadcast(broadcast_id=broadcast_id, by=by, reason="creator")
    else:
        remove_broadcast(broadcast_id=broadcast_id, by=by, reason="creator")


def remove_broadcast(
    *, broadcast_id: str, by: str, reason: str, note: str = ""
) -> BroadcastSummary:
    """Take a broadcast out of everyone's sight, and off the air first. Safe to repeat.

    `reason` is creator or staff. Raises BroadcastNotFound where there is none.
    """
    return broadcasts.remove_broadcast(
        broadcast_id=broadcast_id, by=by, reason=reason, note=note, now=timezone.now()
    )


def get_broadcast(*, broadcast_id: str, viewer_id: str) -> BroadcastSummary:
    """Return a broadcast its viewer may see; to anyone else it does not exist."""
    return visibility.get_watchable(broadcast_id=broadcast_id, viewer_id=viewer_id)


def list_broadcasts(
    *, status: str, creator_id: str, viewer_id: str, page: PageRequest
) -> Page[BroadcastSummary]:
    """Return broadcasts a viewer may find: everyone's public ones, more of one creator's."""
    found = found_broadcasts.list_broadcasts(
        states=STATES[status],
        visibilities=findable_visibilities(creator_id=creator_id, viewer_id=viewer_id),
        creator_id=creator_id,
        page=page,
    )
    return Page(_with_viewers(seen_by(viewer_id, found.items)), found.next)


def find_watchable(*, broadcast_ids: Sequence[str], viewer_id: str) -> list[BroadcastSummary]:
    """Return those of some broadcasts that a viewer may see, in one query."""
    found = found_broadcasts.find_broadcasts(broadcast_ids=broadcast_ids)
    return seen_by(viewer_id, list(found.values()))


def list_live(*, viewer_id: str, limit: int) -> list[BroadcastSummary]:
    found = found_broadcasts.list_broadcasts(
        states=ON_AIR_STATES,
        visibilities=("public",),
        creator_id="",
        page=PageRequest(limit=limit),
    )
    return _with_viewers(seen_by(viewer_id, found.items))


def list_upcoming(*, viewer_id: str, limit: int) -> list[BroadcastSummary]:
    return seen_by(viewer_id, found_broadcasts.list_upcoming(after=timezone.now(), limit=limit))


def count_open() -> dict[str, int]:
    """Return broadcasts by open state, and as `lapsed` the live ones whose lease is over."""
    return found_broadcasts.count_open(now=timezone.now())


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


def _with_viewers(rows: list[BroadcastSummary]) -> list[BroadcastSummary]:
    return presence.add_viewers(rows, audience=wiring.audience(), now=timezone.now())


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
