"""The poster a creator chooses."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from django.utils import timezone

from apps.previews import wiring
from apps.previews.contracts import Subject, ThumbnailSummary
from apps.previews.public import owners
from apps.previews.queries import thumbnails as found_thumbnails
from apps.previews.services import thumbnails

MAX_UPLOAD_BYTES: Final = thumbnails.MAX_BYTES


def get_thumbnail(*, subject: str, subject_id: str, by: str) -> ThumbnailSummary:
    """Return what a creator chose for one of their own, and may choose from.

    Raises:
        RecordingNotFound, BroadcastNotFound, NotYourBroadcast: it is not the caller's.

    """
    owners.own_subject(subject=subject, subject_id=subject_id, by=by)
    return found_thumbnails.get_thumbnail(
        subject=Subject(subject), subject_id=subject_id, url_of=wiring.shelf().url
    )


def choose_candidate(*, subject: str, subject_id: str, candidate: str, by: str) -> str:
    """Take a candidate as poster; return the choice, for whoever queues its work.

    Raises:
        RecordingNotFound, BroadcastNotFound, NotYourBroadcast: it is not the caller's.
        CandidateNotFound: it is none of the pictures to choose from.

    """
    picked = owners.own_subject(subject=subject, subject_id=subject_id, by=by)
    return thumbnails.choose_candidate(of=picked, candidate=candidate, now=timezone.now())


def upload_thumbnail(*, subject: str, subject_id: str, picture: Path, by: str) -> str:
    """Take a creator's own picture; return the choice, for whoever queues its work.

    Raises:
        RecordingNotFound, BroadcastNotFound, NotYourBroadcast: it is not the caller's.
        TooLarge, NotAPicture: it is not one we take.
        ShelfDown: the storage does not answer.

    """
    picked = owners.own_subject(subject=subject, subject_id=subject_id, by=by)
    return thumbnails.upload(of=picked, picture=picture, shelf=wiring.shelf(), now=timezone.now())


def reset_thumbnail(*, subject: str, subject_id: str, by: str) -> None:
    """Leave the poster to the engine again. Safe to repeat.

    Raises:
        RecordingNotFound, BroadcastNotFound, NotYourBroadcast: it is not the caller's.

    """
    picked = owners.own_subject(subject=subject, subject_id=subject_id, by=by)
    thumbnails.reset(of=picked, shelf=wiring.shelf(), now=timezone.now())


def make_thumbnail(*, choice: str) -> None:
    """Make the posters of a choice. Safe to repeat.

    Raises:
        Unavailable: the maker or the storage failed; try again.

    """
    thumbnails.make(choice=choice, maker=wiring.maker(), shelf=wiring.shelf(), now=timezone.now())
