"""Viewers who say "still here", and how many of them there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from apps.streams.contracts import Beat, BroadcastSummary, Presence
from apps.streams.errors import AudienceAway, BroadcastNotLive
from apps.streams.ports import Audience, Sign
from apps.streams.rules.histograms import bucket_of
from apps.streams.rules.presence import VERDICT_MS, WATCHABLE_STATES, disguise, next_in_s

Admit = Callable[[], BroadcastSummary]


def note_beat(*, sign: Sign, audience: Audience, admit: Admit) -> Presence:
    """Count a heartbeat; `admit` says whether this viewer may watch, and is asked now and then.

    A store that is away is an answer without a count: it must not stop anyone's video.

    Raises:
        BroadcastNotFound: the viewer may not see it, or there is none.
        BroadcastNotLive: there is nothing to watch yet, or never will be.

    """
    try:
        tally = audience.note(sign)
        if tally.needs_verdict:
            tally = audience.note(_admitted(sign, admit()))
    except AudienceAway:
        return Presence(viewers=0, next_in_s=next_in_s(0), is_counted=False)
    return Presence(
        viewers=tally.viewers,
        next_in_s=next_in_s(tally.viewers),
        is_counted=tally.is_counted,
    )


def make_sign(
    *, broadcast_id: str, viewer_id: str, beat: Beat, pepper: str, now: datetime
) -> Sign:
    """Return a heartbeat as a store may keep it: ids disguised, numbers whole.

    Somebody else's session id is another session: it is made of the viewer's id as well.
    """
    person = disguise(f"{broadcast_id}:{viewer_id}", pepper=pepper)
    return Sign(
        broadcast_id=broadcast_id,
        person=person,
        session=disguise(f"{person}:{beat.session_id}", pepper=pepper),
        at=milliseconds(now),
        position=-1 if beat.position_s is None else int(beat.position_s * 1000),
        startup_bucket=-1 if beat.startup_ms is None else bucket_of(beat.startup_ms),
        watched=-1 if beat.watched_ms is None else beat.watched_ms,
        rebuffer=beat.rebuffer_ms,
        rebuffers=beat.rebuffer_count,
        kbps=beat.bitrate_bps // 1000,
        is_leaving=beat.is_leaving,
        errors=beat.errors,
    )


def add_viewers(
    rows: Sequence[BroadcastSummary], *, audience: Audience, now: datetime
) -> list[BroadcastSummary]:
    """Return broadcasts with the viewers of those on air; one round trip, none where none is."""
    live = [row.id for row in rows if row.is_live]
    counts = count_viewers(live, audience=audience, now=now)
    return [replace(row, viewers=counts[row.id]) if row.id in counts else row for row in rows]


def count_viewers(
    broadcast_ids: Sequence[str], *, audience: Audience, now: datetime
) -> dict[str, int]:
    """Return viewers by broadcast; nothing while the store is away."""
    if not broadcast_ids:
        return {}
    try:
        counts = audience.count(broadcast_ids, at=milliseconds(now))
    except AudienceAway:
        return {}
    return dict(zip(broadcast_ids, counts, strict=True))


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _admitted(sign: Sign, found: BroadcastSummary) -> Sign:
    if found.state not in WATCHABLE_STATES:
        raise BroadcastNotLive(broadcast_id=found.id, state=found.state)
    since = found.live_at if found.is_live else None
    return replace(
        sign,
        allowed_until=sign.at + VERDICT_MS,
        live_since=milliseconds(since) if since else 0,
    )
