"""Builders for the streams context: each says only what matters to the test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.streams.contracts import BroadcastDraft, IngestGrant
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.recordings import Recording
from apps.streams.documents.uploads import Upload
from apps.streams.services import broadcasts, keys, sessions
from kit.documents import utc_now
from tests.conftest import NOON

PEPPER = "pepper"
LEASE_S = 20
ADA = "01ADA00000000000000000000A"


@dataclass(frozen=True)
class Opened:
    """A broadcast and the key that opens it."""

    id: str
    key: str


def a_broadcast(
    *,
    creator_id: str = ADA,
    title: str = "Launch",
    visibility: str = "public",
    starts_at: datetime | None = None,
    window_s: int = 60,
    now: datetime = NOON,
) -> Opened:
    made = broadcasts.create_broadcast(
        creator_id=creator_id,
        draft=BroadcastDraft(
            title=title,
            visibility=visibility,
            starts_at=starts_at,
            reconnect_window_s=window_s,
        ),
        now=now,
    )
    key = keys.make_key(broadcast_id=made.id, creator_id=creator_id, label="", pepper=PEPPER)
    return Opened(made.id, key)


def a_session(opened: Opened, *, now: datetime = NOON, session_id: str = "s1") -> IngestGrant:
    return sessions.open_session(
        key=opened.key, session_id=session_id, pepper=PEPPER, lease_s=LEASE_S, now=now
    )


def started(grant: IngestGrant, *, now: datetime = NOON) -> IngestGrant:
    sessions.start_session(
        broadcast_id=grant.broadcast_id, epoch=grant.epoch, lease_s=LEASE_S, now=now
    )
    return grant


def a_live_broadcast(*, since: datetime = NOON, **wanted: object) -> IngestGrant:
    opened = a_broadcast(now=since - timedelta(seconds=5), **wanted)  # type: ignore[arg-type]
    return started(a_session(opened, now=since), now=since)


def an_ended_broadcast(
    *, at: datetime = NOON, title: str = "Launch", creator_id: str = ADA
) -> str:
    live = a_live_broadcast(since=at - timedelta(minutes=5), title=title, creator_id=creator_id)
    sessions.stop_session(broadcast_id=live.broadcast_id, epoch=live.epoch, now=at)
    broadcasts.end_broadcast(
        broadcast_id=live.broadcast_id, by=creator_id, reason="creator", note="", now=at
    )
    return live.broadcast_id


def a_stored_recording(
    broadcast_id: str, *, storage_name: str = "recordings/x.mp4", visibility: str = "public"
) -> Recording:
    found = Broadcast.objects.get(id=broadcast_id)
    made: Recording = Recording(
        broadcast_id=broadcast_id,
        creator_id=found.creator_id,
        title=found.title,
        visibility=visibility,
        state="stored",
        storage_name=storage_name,
        duration_s=40.0,
        size_bytes=1_000,
        width=1280,
        height=720,
        sha256="0" * 64,
        stored_at=NOON,
    ).save()
    return made


def an_upload(
    *,
    state: str = "uploading",
    creator_id: str = ADA,
    title: str = "A day",
    received_bytes: int = 0,
) -> str:
    """Store an upload of 40 MB that expires in an hour; return its id."""
    made: Upload = Upload(
        creator_id=creator_id,
        title=title,
        visibility="public",
        length_bytes=40_000_000,
        received_bytes=received_bytes,
        state=state,
        expires_at=utc_now() + timedelta(hours=1, seconds=30),
    ).save()
    return str(made.id)


def state_of(broadcast_id: str) -> str:
    return str(Broadcast.objects.get(id=broadcast_id).state)


def announced(broadcast_id: str) -> list[str]:
    """Return the keys of the events a broadcast announced, in order."""
    return [envelope["key"] for envelope in Broadcast.objects.get(id=broadcast_id).outbox]
