"""Who of a chunk's people is pushed now, and on which devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.notifications import queries
from apps.notifications.documents import Chunk, NoticeEvent
from apps.notifications.ports import Audience
from apps.notifications.queries import Target
from apps.notifications.rules import audience as wishing
from apps.notifications.rules.notices import find_type
from apps.notifications.services.notices import list_range


@dataclass(frozen=True, slots=True)
class Crowd:
    """Devices to push, how many people did not want it, and until when all are to wait."""

    targets: Sequence[Target]
    muted: int = 0
    not_before: datetime | None = None


def find_crowd(*, chunk: Chunk, notice: NoticeEvent, audience: Audience, now: datetime) -> Crowd:
    if chunk.user_ids:
        return _of_person(notice, now)
    return _of_followers(chunk, notice, audience, now)


def _of_person(notice: NoticeEvent, now: datetime) -> Crowd:
    """A personal notice waits for the end of the quiet hours instead of being lost to them."""
    wishes = queries.get_wishes(user_id=notice.audience)
    if not wishing.channels(find_type(notice.type), wishes).push:
        return Crowd([], muted=1)
    targets = queries.find_targets([notice.audience])
    quiet = wishes.quiet_hours
    return Crowd(targets, not_before=wishing.quiet_until(quiet, now) if quiet else None)


def _of_followers(chunk: Chunk, notice: NoticeEvent, audience: Audience, now: datetime) -> Crowd:
    edges = list_range(chunk=chunk, creator_id=notice.creator_id, audience=audience)
    stated = queries.find_wishes([edge.follower_id for edge in edges])
    kind = find_type(notice.type)
    wanting = [
        edge.follower_id
        for edge in edges
        if wishing.wants_push(
            kind,
            bell=edge.bell,
            wishes=stated.get(edge.follower_id, wishing.NOBODY_ASKED),
            now=now,
        )
    ]
    return Crowd(queries.find_targets(wanting), muted=len(edges) - len(wanting))
