"""How broadcasts are watched and arrive, for those who may know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.utils import timezone

from apps.accounts import public as accounts
from apps.streams import wiring
from apps.streams.contracts import (
    Analytics,
    BroadcastSummary,
    CreatorAnalytics,
    IngestHealth,
    WatchSpan,
)
from apps.streams.public.broadcasts import own_broadcast
from apps.streams.queries import broadcasts as found_broadcasts
from apps.streams.services import analytics, ingest_health, presence

STAFF: Final = "streams.view_broadcastdesk"


def get_analytics(*, broadcast_id: str, by: str, wanted: WatchSpan) -> Analytics:
    """Return how a broadcast was watched, to its creator and to staff of the broadcasts desk.

    Raises:
        BroadcastNotFound: there is none, or none this person may see.
        NotYourBroadcast: they may see it, no more.
        BadSpan: the span cannot be shown.

    """
    _readable(broadcast_id=broadcast_id, by=by)
    return summarize_watching(broadcast_id=broadcast_id, wanted=wanted)


def summarize_watching(*, broadcast_id: str, wanted: WatchSpan | None = None) -> Analytics:
    """Return how a broadcast was watched, to a caller who may know."""
    now = timezone.now()
    counts = presence.count_viewers([broadcast_id], audience=wiring.audience(), now=now)
    return analytics.get_analytics(
        broadcast_id=broadcast_id,
        wanted=wanted or WatchSpan(),
        viewers=counts.get(broadcast_id, 0),
        now=now,
    )


def get_creator_analytics(
    *, creator_id: str, since: date | None, until: date | None
) -> CreatorAnalytics:
    return analytics.get_creator_analytics(
        creator_id=creator_id, since=since, until=until, today=timezone.now().date()
    )


def get_health(*, broadcast_id: str, by: str) -> IngestHealth:
    """Return how the encoder of a broadcast does, to its creator and to staff.

    Raises:
        BroadcastNotFound: there is none, or none this person may see.
        NotYourBroadcast: they may see it, no more.
        AudienceAway: nobody knows at the moment.

    """
    _readable(broadcast_id=broadcast_id, by=by)
    return ingest_health.get_health(broadcast_id=broadcast_id, board=wiring.health_board())


def note_health(*, broadcast_id: str, measured: Mapping[str, float]) -> None:
    ingest_health.note_health(
        broadcast_id=broadcast_id,
        measured=measured,
        board=wiring.health_board(),
        now=timezone.now(),
    )


def _readable(*, broadcast_id: str, by: str) -> BroadcastSummary:
    found = found_broadcasts.get_broadcast(broadcast_id=broadcast_id)
    if found.creator_id == by or accounts.has_permission(user_id=by, permission=STAFF):
        return found
    return own_broadcast(broadcast_id=broadcast_id, by=by)  # refuses, in the words of visibility
