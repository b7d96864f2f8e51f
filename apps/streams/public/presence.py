"""Viewers: who is here, and what they counted."""

from __future__ import annotations

from functools import partial
from typing import Final

from django.utils import timezone

from apps.streams import wiring
from apps.streams.contracts import Beat, BroadcastSummary, Presence
from apps.streams.public.broadcasts import get_broadcast
from apps.streams.services import presence, roll_up

# Batches of one run; what is left then is carried by the next.
MOST_BATCHES: Final = 40


def note_beat(*, broadcast_id: str, viewer_id: str, beat: Beat) -> Presence:
    """Count a heartbeat of a viewer session.

    Raises:
        BroadcastNotFound: the viewer may not see it, or there is none.
        BroadcastNotLive: there is nothing to watch yet, or never will be.

    """
    sign = presence.make_sign(
        broadcast_id=broadcast_id,
        viewer_id=viewer_id,
        beat=beat,
        pepper=wiring.key_pepper(),
        now=timezone.now(),
    )
    admit = partial(get_broadcast, broadcast_id=broadcast_id, viewer_id=viewer_id)
    return presence.note_beat(sign=sign, audience=wiring.audience(), admit=admit)


def with_viewers(found: BroadcastSummary) -> BroadcastSummary:
    (counted,) = presence.add_viewers([found], audience=wiring.audience(), now=timezone.now())
    return counted


def count_all_viewers() -> int:
    """Return the viewers of all broadcasts.

    Raises:
        AudienceAway: nobody knows at the moment.

    """
    return wiring.audience().total(at=presence.milliseconds(timezone.now()))


def roll_up_presence() -> int:
    """Carry what was counted to the buckets; return how many harvests that were."""
    carried = 0
    for _ in range(MOST_BATCHES):
        batch = roll_up.roll_up(harvests=wiring.harvests())
        carried += batch
        if batch < roll_up.BATCH:
            break
    return carried
