"""The whole application around a YouTube: stored recordings, people who call, running tasks."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from apps.social import public as social
from apps.social import tasks
from apps.streams.documents.recordings import Recording
from kit.documents import utc_now
from kit.ids import new_id
from tests.gateway.builders import bearer
from tests.social.broker import queued
from tests.social.builders import ADA, VIDEO, code_of, state_of

API = "/api/v1/youtube"


def a_stored_recording(content: bytes = VIDEO, **wanted: Any) -> str:
    """Store a recording as streams does, its bytes included; return its id."""
    recording_id = new_id()
    values: dict[str, Any] = {
        "creator_id": ADA,
        "title": "Launch",
        "visibility": "public",
        "state": "stored",
        "stored_at": utc_now(),
        **wanted,
    }
    Recording(
        id=recording_id,
        broadcast_id=new_id(),
        storage_name=default_storage.save(f"social/{recording_id}.mp4", ContentFile(content)),
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        **values,
    ).save(force_insert=True)
    return recording_id


def connect(user_id: str = ADA, **wishes: object) -> None:
    """Go through the consent of a YouTube in memory."""
    page = social.begin_consent(user_id=user_id, wishes=wishes)
    social.finish_consent(state=state_of(page.url), code=code_of(page.url), refusal="")


def a_client(user_id: str | None = ADA) -> Client:
    """Return an HTTP client that carries a person's access token, or none."""
    return Client(headers=bearer(user_id) if user_id else {})


def run_queued() -> list[str]:
    """Run what waits in the pool's queue, and what that queues; return the tasks' names."""
    names = []
    while waiting := queued():
        for name, arguments in waiting:
            names.append(name)
            getattr(tasks, name.removeprefix("social."))(**arguments)
    return names
