"""What social does when something happened elsewhere."""

from __future__ import annotations

from apps.social import public as social
from apps.social import tasks
from apps.streams.events import RecordingStored
from kit.subscriptions import on


@on(RecordingStored)
def publish_recording(event: RecordingStored) -> None:
    upload_id = social.publish_recording(recording_id=event.recording_id)
    if upload_id is not None:
        tasks.upload_video.delay(upload_id=upload_id)
