"""Finished videos from phones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.utils import timezone

from apps.streams import wiring
from apps.streams.contracts import UploadDraft, UploadSummary
from apps.streams.queries import uploads as found_uploads
from apps.streams.services import intake, uploads

# A check that was queued this long ago was lost, or its worker was killed.
UNCHECKED: Final = timedelta(minutes=15)
REDRIVEN: Final = 100

list_uploads = found_uploads.list_uploads
list_uploads_for_staff = found_uploads.list_uploads_for_staff
get_upload = found_uploads.get_upload
get_own_upload = uploads.get_own_upload
cancel_own_upload = uploads.cancel_own_upload
cancel_upload = uploads.cancel_upload


def create_upload(*, creator_id: str, draft: UploadDraft) -> UploadSummary:
    return uploads.create_upload(
        creator_id=creator_id,
        draft=draft,
        limits=wiring.upload_limits(),
        spool=wiring.spool(),
        now=timezone.now(),
    )


def resume_upload(*, upload_id: str, by: str) -> UploadSummary:
    return uploads.resume(upload_id=upload_id, by=by, spool=wiring.spool(), now=timezone.now())


def left_of_upload(*, upload_id: str, by: str, offset: int) -> int:
    return uploads.left_of(upload_id=upload_id, by=by, offset=offset, spool=wiring.spool())


def append_to_upload(
    *, upload_id: str, by: str, offset: int, blocks: Iterable[bytes]
) -> UploadSummary:
    return uploads.append(
        upload_id=upload_id,
        by=by,
        offset=offset,
        blocks=blocks,
        spool=wiring.spool(),
        now=timezone.now(),
    )


def check_upload(*, upload_id: str) -> None:
    intake.check_upload(
        upload_id=upload_id,
        spool=wiring.spool(),
        intake=wiring.intake(),
        storage=wiring.storage(),
        now=timezone.now(),
    )


def tidy_uploads() -> int:
    return uploads.tidy(spool=wiring.spool(), now=timezone.now())


def list_unchecked_uploads() -> list[str]:
    """Return uploads whose check is overdue."""
    return found_uploads.list_unchecked(before=timezone.now() - UNCHECKED, limit=REDRIVEN)


def max_upload_bytes() -> int:
    return wiring.upload_limits().max_bytes


def longest_piece_s() -> float:
    return wiring.upload_limits().piece_s
