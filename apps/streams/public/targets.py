"""Simulcast targets of a broadcast; only its creator sees them."""

from __future__ import annotations

from apps.streams import wiring
from apps.streams.contracts import TargetDraft, TargetSummary
from apps.streams.public.broadcasts import own_broadcast
from apps.streams.queries import targets as found_targets
from apps.streams.services import targets


def add_target(*, broadcast_id: str, by: str, draft: TargetDraft) -> TargetSummary:
    own_broadcast(broadcast_id=broadcast_id, by=by)
    return targets.add_target(
        broadcast_id=broadcast_id, draft=draft, safe=wiring.safe(), outside=wiring.outside()
    )


def remove_target(*, broadcast_id: str, by: str, target_id: str) -> None:
    own_broadcast(broadcast_id=broadcast_id, by=by)
    targets.remove_target(broadcast_id=broadcast_id, target_id=target_id)


def list_targets(*, broadcast_id: str, by: str) -> list[TargetSummary]:
    own_broadcast(broadcast_id=broadcast_id, by=by)
    return found_targets.list_targets(broadcast_id=broadcast_id)
