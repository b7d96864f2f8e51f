"""The home feed: what is live, what comes, what was, each with its preview, in one answer.

Every door is asked once for the whole page, never once a card.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from apps.accounts import public as accounts
from apps.accounts.contracts import ProfileSummary
from apps.notifications import public as notifications
from apps.previews import public as previews
from apps.previews.contracts import Card as PreviewCard
from apps.previews.contracts import PreviewSummary, Subject
from apps.streams import public as streams
from apps.streams.contracts import BroadcastSummary, RecordingSummary
from kit.hints import NORMAL

LIMIT: Final = 20


@dataclass(frozen=True, slots=True)
class Creator:
    id: str
    handle: str
    name: str


@dataclass(frozen=True, slots=True)
class Card:
    """kind is live, upcoming or recent; `at` is when it started, will start or was recorded.

    `playback` is the path that answers a signed address, empty before there is anything.
    """

    kind: str
    id: str
    title: str
    creator: Creator | None
    at: datetime
    duration_s: float
    playback: str
    preview: PreviewCard | None
    viewers: int = 0


@dataclass(frozen=True, slots=True)
class HomeFeed:
    live: list[Card]
    upcoming: list[Card]
    recent: list[Card]
    unread: int


def compose(*, viewer_id: str, quality: str = NORMAL) -> HomeFeed:
    """Return the feed of one person: LIMIT cards of a kind at most.

    `quality` chooses clips and posters: data-saver, normal or high.
    """
    live = streams.list_live(viewer_id=viewer_id, limit=LIMIT)
    upcoming = streams.list_upcoming(viewer_id=viewer_id, limit=LIMIT)
    recent = streams.list_recent_recordings(viewer_id=viewer_id, limit=LIMIT)
    creators = [row.creator_id for row in (*live, *upcoming)]
    creators += [row.creator_id for row in recent]
    table = _Table(
        people=accounts.find_profiles(user_ids=sorted(set(creators))),
        broadcasts=previews.find_previews(
            subject=Subject.BROADCAST, subject_ids=[row.id for row in (*live, *upcoming)]
        ),
        recordings=previews.find_previews(
            subject=Subject.RECORDING, subject_ids=[row.id for row in recent]
        ),
        quality=quality,
    )
    return HomeFeed(
        live=[table.live(row) for row in live],
        upcoming=[table.upcoming(row) for row in upcoming],
        recent=[table.recent(row) for row in recent],
        unread=notifications.count_unread(user_id=viewer_id),
    )


def card_of(found: PreviewSummary | None, quality: str) -> PreviewCard | None:
    """Return what a card shows of a preview; None where there is nothing to show yet."""
    if found is None or not (found.assets or found.placeholder):
        return None
    return found.card(quality)


@dataclass(frozen=True, slots=True)
class _Table:
    """What the doors answered, by id."""

    people: dict[str, ProfileSummary]
    broadcasts: dict[str, PreviewSummary]
    recordings: dict[str, PreviewSummary]
    quality: str

    def live(self, row: BroadcastSummary) -> Card:
        return Card(
            kind="live",
            id=row.id,
            title=row.title,
            creator=self._creator(row.creator_id),
            at=row.live_at or row.created_at,
            duration_s=0.0,
            playback=_playback(row.id),
            preview=self._preview(self.broadcasts.get(row.id)),
            viewers=row.viewers,
        )

    def upcoming(self, row: BroadcastSummary) -> Card:
        return Card(
            kind="upcoming",
            id=row.id,
            title=row.title,
            creator=self._creator(row.creator_id),
            at=row.starts_at or row.created_at,
            duration_s=0.0,
            playback="",
            preview=self._preview(self.broadcasts.get(row.id)),
        )

    def recent(self, row: RecordingSummary) -> Card:
        return Card(
            kind="recent",
            id=row.id,
            title=row.title,
            creator=self._creator(row.creator_id),
            at=row.stored_at or row.created_at,
            duration_s=row.duration_s,
            playback=_playback(row.broadcast_id),
            preview=self._preview(self.recordings.get(row.id)),
        )

    def _preview(self, found: PreviewSummary | None) -> PreviewCard | None:
        return card_of(found, self.quality)

    def _creator(self, user_id: str) -> Creator | None:
        found = self.people.get(user_id)
        if found is None:
            return None
        return Creator(id=found.id, handle=found.handle, name=found.display_name)


def _playback(broadcast_id: str) -> str:
    return f"/api/v1/broadcasts/{broadcast_id}/playback"
