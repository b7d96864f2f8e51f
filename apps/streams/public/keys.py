"""Stream keys."""

from __future__ import annotations

from django.utils import timezone

from apps.streams import wiring
from apps.streams.contracts import (
    NewBroadcast,
)
from apps.streams.public.broadcasts import lend_ingest, own_broadcast
from apps.streams.services import broadcasts


def rotate_key(*, broadcast_id: str, by: str) -> NewBroadcast:
    found = own_broadcast(broadcast_id=broadcast_id, by=by)
    key = broadcasts.rotate_key(
        broadcast_id=broadcast_id,
        creator_id=by,
        pepper=wiring.key_pepper(),
        now=timezone.now(),
    )
    if wiring.media_engine().is_pooled():
        # Names of a pool never change: who is to be out gets another ingest.
        return lend_ingest(broadcast=found)
    return NewBroadcast(broadcast=found, ingest_url=wiring.media_engine().ingest_url(), key=key)
