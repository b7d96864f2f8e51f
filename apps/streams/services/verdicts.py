"""Whether a running player may go on: asked with every playlist, answered from Redis.

A verdict is kept for seconds and names the generations of its broadcast and of its viewer. Who
changes something makes a new generation, and every verdict of an older one is void at once; what
nobody announced is found when the verdict ends. Redis away: every question is asked anew.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from django.core.cache import cache

from apps.accounts import public as accounts
from apps.streams.errors import BroadcastNotFound
from apps.streams.queries.broadcasts import get_broadcast
from apps.streams.services.visibility import watchable
from kit.ids import new_id

# Well under the 60 s in which a revoked viewer must be refused, a player's own waits included.
LASTS_S: Final = 20
# Longer than any verdict lasts, so that no older one outlives the generation that voids it.
GENERATION_S: Final = 6 * LASTS_S


@dataclass(frozen=True, slots=True)
class Claim:
    """Who was given an address, of which broadcast, in which sign-in (empty: bound to none)."""

    broadcast_id: str
    viewer_id: str
    session: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`is_live`: a reconnect window counts, more may follow."""

    may_watch: bool
    is_live: bool


def get_verdict(claim: Claim) -> Verdict:
    """Say whether a claim holds now, at most LASTS_S late where nobody announced a change."""
    verdict_key = _verdict_key(claim)
    broadcast_key, viewer_key = _broadcast_key(claim.broadcast_id), _viewer_key(claim.viewer_id)
    kept: dict[str, Any] = cache.get_many([verdict_key, broadcast_key, viewer_key]) or {}
    # read before the facts are: a change in between makes this verdict one of the past
    generations = [kept.get(broadcast_key, ""), kept.get(viewer_key, "")]
    found = kept.get(verdict_key)
    if found and found[:2] == generations:
        return Verdict(*found[2:])
    verdict = _judge(claim)
    cache.set(verdict_key, [*generations, verdict.may_watch, verdict.is_live], LASTS_S)
    return verdict


def forget_broadcast(broadcast_id: str) -> None:
    """Void every verdict of a broadcast."""
    cache.set(_broadcast_key(broadcast_id), new_id(), GENERATION_S)


def forget_viewer(viewer_id: str) -> None:
    """Void every verdict of a viewer."""
    cache.set(_viewer_key(viewer_id), new_id(), GENERATION_S)


def _judge(claim: Claim) -> Verdict:
    try:
        found = get_broadcast(broadcast_id=claim.broadcast_id)
    except BroadcastNotFound:
        return Verdict(may_watch=False, is_live=False)
    may_watch = (
        found.state != "removed"
        and watchable(viewer_id=claim.viewer_id, shown=[found]) == [True]
        and _holds(claim, found.creator_id)
    )
    return Verdict(may_watch=may_watch, is_live=found.is_live)


def _holds(claim: Claim, creator_id: str) -> bool:
    """Say whether both accounts stand, and the sign-in the address was made in."""
    if not accounts.are_active({claim.viewer_id, creator_id}):
        return False
    return not claim.session or accounts.is_signed_in(
        user_id=claim.viewer_id, session=claim.session
    )


def _verdict_key(claim: Claim) -> str:
    bound = hashlib.sha256(claim.session.encode()).hexdigest()[:16] if claim.session else ""
    return f"watch:{claim.broadcast_id}:{claim.viewer_id}:{bound}"


def _broadcast_key(broadcast_id: str) -> str:
    return f"watch:of:{broadcast_id}"


def _viewer_key(viewer_id: str) -> str:
    return f"watch:by:{viewer_id}"
