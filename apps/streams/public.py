"""The door of the streams context: everyone else imports this module and no deeper.

Each function wires what is needed and makes one call.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Final

from django.utils import timezone

from apps.accounts import public as accounts
from apps.streams import queries, rules, wiring
from apps.streams.contracts import (
    BroadcastDraft,
    BroadcastSummary,
    IngestGrant,
    LiveSegments,
    NewBroadcast,
    Playback,
    RecordingSummary,
)
from apps.streams.errors import (
    BroadcastNotFound,
    HookRefused,
    NotYourBroadcast,
    RecordingNotFound,
    RecordingPartsMissing,
)
from apps.streams.services import broadcasts, playback, recordings, sessions
from kit import signatures
from kit.pages import Page, PageRequest

# A session's last part may still be written for this long after its lease.
FLUSH_GRACE_S: Final = 15
NEWEST_SEGMENTS: Final = 3
STATES: Final = {
    "live": rules.ON_AIR_STATES,
    "upcoming": ("scheduled",),
    "ready": ("ready",),
    "ended": ("ended",),
    "": (*rules.OPEN_STATES, "ended"),
}

get_recording = queries.get_recording
list_for_staff = queries.list_for_staff
list_live_ids = queries.list_live_ids


def create_broadcast(*, creator_id: str, draft: BroadcastDraft) -> NewBroadcast:
    made = broadcasts.create_broadcast(creator_id=creator_id, draft=draft, now=timezone.now())
    key = broadcasts.make_key(
        broadcast_id=made.id, creator_id=creator_id, label="", pepper=wiring.key_pepper()
    )
    return NewBroadcast(broadcast=made, ingest_url=wiring.media_engine().ingest_url(), key=key)


def rotate_key(*, broadcast_id: str, by: str) -> NewBroadcast:
    found = _own(broadcast_id, by)
    key = broadcasts.rotate_key(
        broadcast_id=broadcast_id,
        creator_id=by,
        pepper=wiring.key_pepper(),
        now=timezone.now(),
    )
    return NewBroadcast(broadcast=found, ingest_url=wiring.media_engine().ingest_url(), key=key)


def get_broadcast(*, broadcast_id: str, viewer_id: str) -> BroadcastSummary:
    """Return a broadcast its viewer may see; to anyone else it does not exist."""
    found = queries.get_broadcast(broadcast_id=broadcast_id)
    is_creator = viewer_id == found.creator_id
    is_follower = (
        not is_creator
        and found.visibility == "followers"
        and accounts.is_following(follower_id=viewer_id, creator_id=found.creator_id)
    )
    if not rules.may_watch(found.visibility, is_creator=is_creator, is_follower=is_follower):
        raise BroadcastNotFound(broadcast_id=broadcast_id)
    return found


def list_broadcasts(
    *, status: str, creator_id: str, viewer_id: str, page: PageRequest
) -> Page[BroadcastSummary]:
    """Return broadcasts a viewer may find: everyone's public ones, more of one creator's."""
    return queries.list_broadcasts(
        states=STATES[status],
        visibilities=_findable(creator_id, viewer_id),
        creator_id=creator_id,
        page=page,
    )


def list_live(*, limit: int) -> list[BroadcastSummary]:
    found = queries.list_broadcasts(
        states=rules.ON_AIR_STATES,
        visibilities=("public",),
        creator_id="",
        page=PageRequest(limit=limit),
    )
    return found.items


def list_upcoming(*, limit: int) -> list[BroadcastSummary]:
    return queries.list_upcoming(after=timezone.now(), limit=limit)


def list_recent_recordings(*, limit: int) -> list[RecordingSummary]:
    found = queries.list_recordings(
        visibilities=("public",), creator_id="", page=PageRequest(limit=limit)
    )
    return found.items


def list_recordings(
    *, creator_id: str, viewer_id: str, page: PageRequest
) -> Page[RecordingSummary]:
    return queries.list_recordings(
        visibilities=_findable(creator_id, viewer_id), creator_id=creator_id, page=page
    )


def get_recording_of(*, broadcast_id: str, viewer_id: str) -> RecordingSummary:
    get_broadcast(broadcast_id=broadcast_id, viewer_id=viewer_id)
    return queries.get_recording_of(broadcast_id=broadcast_id)


def watch_recording(*, recording_id: str, viewer_id: str) -> RecordingSummary:
    """Return a recording its viewer may see; to anyone else it does not exist."""
    found = queries.get_recording(recording_id=recording_id)
    get_broadcast(broadcast_id=found.broadcast_id, viewer_id=viewer_id)
    return found


def end_own_broadcast(*, broadcast_id: str, by: str) -> BroadcastSummary:
    _own(broadcast_id, by)
    return end_broadcast(broadcast_id=broadcast_id, by=by, reason="creator")


def end_broadcast(*, broadcast_id: str, by: str, reason: str, note: str = "") -> BroadcastSummary:
    return broadcasts.end_broadcast(
        broadcast_id=broadcast_id, by=by, reason=reason, note=note, now=timezone.now()
    )


def make_playback(*, broadcast_id: str, viewer_id: str) -> Playback:
    """Sign an address for what is on air, or for what was recorded of it.

    Raises:
        BroadcastNotFound: the viewer may not see it, or there is none.
        RecordingNotFound: it is over and nothing is stored of it, or not yet.

    """
    found = get_broadcast(broadcast_id=broadcast_id, viewer_id=viewer_id)
    if not found.is_live and queries.get_recording_of(broadcast_id=broadcast_id).state != "stored":
        raise RecordingNotFound(recording_id=f"of broadcast {broadcast_id}")
    return playback.make_playback(
        broadcast=found, ttl_s=wiring.playback_ttl_s(), now=timezone.now()
    )


def find_playback_file(*, token: str, name: str) -> playback.PlaybackFile:
    broadcast_id = playback.read_token(token, ttl_s=wiring.playback_ttl_s())
    return playback.find_file(
        broadcast_id=broadcast_id,
        name=name,
        engine=wiring.media_engine(),
        storage=wiring.storage(),
    )


def list_live_segments(*, broadcast_id: str) -> LiveSegments:
    found = wiring.media_engine().find_segments(broadcast_id, newest=NEWEST_SEGMENTS)
    return found or LiveSegments(init="", segments=[])


def check_hook(*, body: bytes, signature: str) -> None:
    """Raise HookRefused unless the ingest signed this body with the shared secret just now."""
    if not signatures.is_signed(wiring.hook_secret(), body, signature, int(time.time())):
        raise HookRefused


def open_session(*, key: str, session_id: str) -> IngestGrant:
    return sessions.open_session(
        key=key,
        session_id=session_id,
        pepper=wiring.key_pepper(),
        lease_s=wiring.lease_s(),
        now=timezone.now(),
    )


def start_session(*, broadcast_id: str, epoch: int) -> None:
    sessions.start_session(
        broadcast_id=broadcast_id, epoch=epoch, lease_s=wiring.lease_s(), now=timezone.now()
    )


def renew_session(*, broadcast_id: str, epoch: int) -> None:
    sessions.renew_session(
        broadcast_id=broadcast_id, epoch=epoch, lease_s=wiring.lease_s(), now=timezone.now()
    )


def stop_session(*, broadcast_id: str, epoch: int) -> None:
    sessions.stop_session(broadcast_id=broadcast_id, epoch=epoch, now=timezone.now())


def is_over(*, broadcast_id: str) -> bool:
    return queries.get_broadcast(broadcast_id=broadcast_id).state == "ended"


def sweep() -> int:
    return sessions.sweep(now=timezone.now())


def disconnect(*, broadcast_id: str) -> None:
    wiring.media_engine().disconnect(broadcast_id)


def expect_recording(*, broadcast_id: str) -> str:
    return recordings.expect_recording(broadcast_id=broadcast_id)


def store_recording(*, broadcast_id: str) -> None:
    """Store what was recorded; waits, by a retry, for a session that still writes its part."""
    if sessions.is_session_open(
        broadcast_id=broadcast_id, now=timezone.now(), grace_s=FLUSH_GRACE_S
    ):
        raise RecordingPartsMissing(broadcast_id=broadcast_id)
    recordings.store_recording(
        broadcast_id=broadcast_id,
        engine=wiring.media_engine(),
        joiner=wiring.joiner(),
        storage=wiring.storage(),
        now=timezone.now(),
    )


def list_unstored(*, older_than_s: int, limit: int = 100) -> list[str]:
    """Return ended broadcasts whose recording is overdue."""
    before = timezone.now() - timedelta(seconds=older_than_s)
    return recordings.list_due(before=before, limit=limit)


def _own(broadcast_id: str, by: str) -> BroadcastSummary:
    found = get_broadcast(broadcast_id=broadcast_id, viewer_id=by)
    if found.creator_id != by:
        raise NotYourBroadcast(broadcast_id=broadcast_id)
    return found


def _findable(creator_id: str, viewer_id: str) -> tuple[str, ...]:
    if creator_id and creator_id == viewer_id:
        return rules.VISIBILITIES
    if creator_id and accounts.is_following(follower_id=viewer_id, creator_id=creator_id):
        return ("public", "followers")
    return ("public",)
