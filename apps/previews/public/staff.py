"""What staff look at and do; who may is decided where they come in."""

from __future__ import annotations

from apps.previews import wiring
from apps.previews.contracts import Due, StaffPreview, Work
from apps.previews.public import jobs
from apps.previews.queries import staff
from kit.pages import Page, PageRequest


def list_for_staff(*, search: str, page: PageRequest) -> Page[StaffPreview]:
    """Return sets, newest first; search by a state, a failure's code, or an id."""
    return staff.list_for_staff(search=search, page=page, url_of=wiring.shelf().url)


def get_for_staff(*, set_id: str) -> StaffPreview:
    """Return one set.

    Raises:
        PreviewNotFound: there is none.

    """
    return staff.get_for_staff(set_id=set_id, url_of=wiring.shelf().url)


def regenerate_by_id(*, set_id: str) -> Due:
    """Let a set be made anew; return its work, for the caller to queue.

    Raises:
        PreviewNotFound, AlreadyInWork, BroadcastNotLive: see `regenerate`.

    """
    found = get_for_staff(set_id=set_id).preview
    jobs.regenerate(subject=found.subject, subject_id=found.subject_id)
    return Due(subject=found.subject, subject_id=found.subject_id)


def cancel_by_id(*, set_id: str, by: str) -> None:
    """Stop the making of a set.

    Raises:
        PreviewNotFound, NothingToCancel: see `cancel`.

    """
    found = get_for_staff(set_id=set_id).preview
    jobs.cancel(subject=found.subject, subject_id=found.subject_id, by=by)


def look_at_work() -> Work:
    """Count the sets and shares not in order, and say since when the oldest of each waits."""
    return staff.look_at_work()
