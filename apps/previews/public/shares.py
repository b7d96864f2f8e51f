"""Clips that creators share elsewhere."""

from __future__ import annotations

from django.utils import timezone

from apps.accounts import public as accounts
from apps.accounts.errors import PersonNotFound
from apps.previews import wiring
from apps.previews.contracts import ShareSummary, Style
from apps.previews.errors import ShareNotFound
from apps.previews.ports import Template
from apps.previews.public import owners
from apps.previews.queries import shares as found_shares
from apps.previews.services import shares
from apps.streams import public as streams
from apps.streams.contracts import RecordingSummary
from apps.streams.errors import RecordingNotFound
from kit.pages import Page, PageRequest

MOST_SHARED_S = shares.MOST_S


def share_recording(
    *, recording_id: str, start_s: float, end_s: float, template: str, by: str
) -> ShareSummary:
    """Ask for a composed clip of one's own recording; the caller queues the work.

    Raises:
        RecordingNotFound, BroadcastNotFound, NotYourBroadcast: it is not the caller's.
        RecordingNotStored, BadCut, CutBeyondEnd, TooManyShares: it cannot be had so, or not now.

    """
    recording = owners.own_recording(recording_id=recording_id, by=by)
    wish = shares.Wish(start_s=start_s, end_s=end_s, style=Style(template))
    share_id = shares.ask(recording=recording, wish=wish, now=timezone.now())
    return get_own_share(share_id=share_id, by=by)


def get_own_share(*, share_id: str, by: str) -> ShareSummary:
    """Return a share of the caller's.

    Raises:
        ShareNotFound: there is none, or it is somebody else's.

    """
    found = found_shares.get_share(share_id=share_id, url_of=wiring.shelf().url)
    if found.creator_id != by:
        raise ShareNotFound(share_id=share_id)
    return found


def list_own_shares(*, recording_id: str, by: str, page: PageRequest) -> Page[ShareSummary]:
    """Return the shares of one's own recording, newest first.

    Raises:
        RecordingNotFound, BroadcastNotFound, NotYourBroadcast: it is not the caller's.

    """
    owners.own_recording(recording_id=recording_id, by=by)
    return found_shares.list_shares(
        recording_id=recording_id, page=page, url_of=wiring.shelf().url
    )


def cancel_own_share(*, share_id: str, by: str) -> ShareSummary:
    """Stop the making of a share.

    Raises:
        ShareNotFound: there is none, or it is somebody else's.
        NothingToStop: it is not being made.

    """
    get_own_share(share_id=share_id, by=by)
    cancel_share(share_id=share_id, by=by)
    return get_own_share(share_id=share_id, by=by)


def remove_own_share(*, share_id: str, by: str) -> None:
    """Delete a share with its file, also while it is made.

    Raises:
        ShareNotFound: there is none, or it is somebody else's.

    """
    get_own_share(share_id=share_id, by=by)
    shares.remove(share_id=share_id, shelf=wiring.shelf(), now=timezone.now())


def compose_share(*, share_id: str) -> None:
    """Make a share. Safe to repeat; one whose recording or creator is gone goes, too.

    Raises:
        Unavailable: the composer or the storage failed, or somebody else is at it; try again.

    """
    try:
        found = found_shares.get_share(share_id=share_id, url_of=wiring.shelf().url)
        recording = streams.get_recording(recording_id=found.recording_id)
        template = _template(found, recording)
    except ShareNotFound:
        return
    except (RecordingNotFound, PersonNotFound):
        shares.remove(share_id=share_id, shelf=wiring.shelf(), now=timezone.now())
        return
    shares.make(
        share_id=share_id,
        template=template,
        tools=shares.Tools(
            footage=wiring.archive().lent(recording.storage_name),
            composer=wiring.composer(),
            shelf=wiring.shelf(),
            clock=timezone.now,
        ),
    )


def claim_stale_shares() -> list[str]:
    """Return shares whose work was lost; the caller queues it."""
    return shares.claim_stale(now=timezone.now())


def list_shares_for_staff(*, search: str, page: PageRequest) -> Page[ShareSummary]:
    """Return shares, newest first; search by a state, a failure's code, or an id."""
    return found_shares.list_for_staff(search=search, page=page, url_of=wiring.shelf().url)


def get_share_for_staff(*, share_id: str) -> ShareSummary:
    """Return one share.

    Raises:
        ShareNotFound: there is none.

    """
    return found_shares.get_share(share_id=share_id, url_of=wiring.shelf().url)


def cancel_share(*, share_id: str, by: str) -> None:
    """Stop the making of a share.

    Raises:
        ShareNotFound, NothingToStop: see `cancel_own_share`.

    """
    shares.cancel(share_id=share_id, by=by, now=timezone.now())


def remove_share(*, share_id: str) -> None:
    """Delete a share with its file. Safe to repeat."""
    shares.remove(share_id=share_id, shelf=wiring.shelf(), now=timezone.now())


def _template(found: ShareSummary, recording: RecordingSummary) -> Template:
    creator = accounts.get_profile(user_id=found.creator_id)
    return Template(
        style=found.template,
        title=recording.title,
        channel=creator.display_name,
        handle=f"@{creator.handle}",
        watch_on=wiring.watch_on(),
    )
