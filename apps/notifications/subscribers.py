"""What other contexts' facts mean here. Each may be told twice."""

from __future__ import annotations

from datetime import datetime

from apps.notifications import public as notifications
from apps.notifications import tasks
from apps.notifications.events import NoticeRequested
from apps.social.events import ConnectionLost, UploadFailed, UploadPublished
from apps.streams.events import (
    BroadcastEnded,
    BroadcastExpiring,
    BroadcastLive,
    RecordingStored,
)
from kit.subscriptions import on


@on(BroadcastLive)
def announce_live(event: BroadcastLive) -> None:
    notifications.announce_live(
        broadcast_id=event.broadcast_id,
        creator_id=event.creator_id,
        title=event.title,
        visibility=event.visibility,
    )


@on(BroadcastEnded)
def withdraw_live(event: BroadcastEnded) -> None:
    notifications.withdraw_live(broadcast_id=event.broadcast_id)


@on(BroadcastExpiring)
def warn_creator(event: BroadcastExpiring) -> None:
    ends_at = datetime.fromisoformat(event.ends_at)
    notifications.notify_person(
        user_id=event.creator_id,
        type_="broadcast_expiring",
        key=f"expiring:{event.broadcast_id}",
        facts={"title": event.title, "time": f"{ends_at:%H:%M}"},
        payload={
            "broadcast_id": event.broadcast_id,
            "ends_at": event.ends_at,
            "reason": event.reason,
        },
    )


@on(RecordingStored)
def announce_video(event: RecordingStored) -> None:
    notifications.announce_video(
        recording_id=event.recording_id,
        creator_id=event.creator_id,
        title=event.title,
        visibility=event.visibility,
    )


@on(NoticeRequested)
def send_notice(event: NoticeRequested) -> None:
    task = tasks.plan if event.is_bulk else tasks.send
    task.delay(notice_id=event.notice_id)


@on(UploadPublished)
def tell_of_upload(event: UploadPublished) -> None:
    notifications.notify_person(
        user_id=event.creator_id,
        type_="upload_published",
        key=f"upload-published:{event.upload_id}",
        facts={"title": event.title},
        payload={"upload_id": event.upload_id, "video_id": event.video_id},
    )


@on(UploadFailed)
def tell_of_failed_upload(event: UploadFailed) -> None:
    notifications.notify_person(
        user_id=event.creator_id,
        type_="upload_failed",
        key=f"upload-failed:{event.event_id}",
        facts={"title": event.title},
        payload={"upload_id": event.upload_id, "code": event.code},
    )


@on(ConnectionLost)
def ask_to_reconnect(event: ConnectionLost) -> None:
    notifications.notify_person(
        user_id=event.user_id,
        type_="youtube_reconnect",
        key=f"connection-lost:{event.event_id}",
        facts={},
        payload={},
    )
