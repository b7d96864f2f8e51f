"""Who may watch what: the one place that decides it, for a single broadcast as for a page.

Lists, broadcasts, recordings, playback and its files all ask `watchable`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from apps.accounts import public as accounts
from apps.streams.contracts import BroadcastSummary
from apps.streams.errors import BroadcastNotFound
from apps.streams.queries.broadcasts import get_broadcast
from apps.streams.rules.visibility import may_watch


class Shown(Protocol):
    """What the decision needs of a broadcast; what was made of one is asked by its broadcast."""

    @property
    def creator_id(self) -> str: ...

    @property
    def visibility(self) -> str: ...

    @property
    def state(self) -> str: ...


def watchable(*, viewer_id: str, shown: Collection[Shown]) -> list[bool]:
    """Say of each whether its viewer may watch it, with the same few questions for one or many."""
    others = {one.creator_id for one in shown} - {viewer_id}
    barred = accounts.find_barred(user_id=viewer_id, others=others)
    asked = {one.creator_id for one in shown if one.visibility == "followers"} - barred
    followed = accounts.find_followed_among(follower_id=viewer_id, creator_ids=asked - {viewer_id})
    return [
        may_watch(
            one.visibility,
            is_removed=one.state == "removed",
            is_creator=one.creator_id == viewer_id,
            is_follower=one.creator_id in followed,
            is_barred=one.creator_id in barred,
        )
        for one in shown
    ]


def get_watchable(*, broadcast_id: str, viewer_id: str) -> BroadcastSummary:
    """Return a broadcast its viewer may see; to anyone else it does not exist.

    Raises:
        BroadcastNotFound: there is none, or none for this viewer.

    """
    found = get_broadcast(broadcast_id=broadcast_id)
    if watchable(viewer_id=viewer_id, shown=[found]) != [True]:
        raise BroadcastNotFound(broadcast_id=broadcast_id)
    return found
