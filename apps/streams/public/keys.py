"""Stream keys."""

from __future__ import annotations

from django.utils import timezone

from apps.streams import wiring
from apps.streams.contracts import (
    NewBroadcast,
)
from apps.streams.public.broadcasts import own_broadcast
from apps.streams.services import broadcasts


def rotate_key(*, broadcast_id: str, by: str) -> NewBroadcast:
    found = own_broadcast(broadcast_id=broadcast_id, by=by)
    key = broadcasts.rotate_key(
        broadcast_id=broadcast_id,
        creator_id=by,
        pepper=wiring.key_pepper(),
        now=timezone.now(),
    )
    return NewBroadcast(broadcast=found, ingest_url=wiring.media_engine().ingest_url(), key=key)
