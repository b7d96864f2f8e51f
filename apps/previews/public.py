"""The door of the previews context: everyone else imports this module and no deeper.

Each function wires what is needed and makes one call.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from apps.previews import queries, services, wiring
from apps.previews.contracts import PreviewSummary, StaleSet
from apps.streams import public as streams

find_stored_names = queries.find_stored_names
iter_stored_names = queries.iter_stored_names


def get_preview(*, subject: str, subject_id: str) -> PreviewSummary:
    """Return the set of a `broadcast` or a `recording`.

    Raises:
        PreviewNotFound: nothing was ever expected of it.

    """
    return queries.get_preview(subject=subject, subject_id=subject_id, url_of=wiring.shelf().url)


def find_previews(*, subject: str, subject_ids: Iterable[str]) -> dict[str, PreviewSummary]:
    """Return the sets there are by subject id, in one query."""
    return queries.find_previews(
        subject=subject, subject_ids=subject_ids, url_of=wiring.shelf().url
    )


def get_broadcast_preview(*, broadcast_id: str, viewer_id: str) -> PreviewSummary:
    """Return the best set of a broadcast: its newest recording's, or else its live one.

    Raises:
        BroadcastNotFound: there is none that this viewer may see.
        PreviewNotFound: nothing was ever expected of it.

    """
    streams.get_broadcast(broadcast_id=broadcast_id, viewer_id=viewer_id)
    return queries.get_broadcast_preview(broadcast_id=broadcast_id, url_of=wiring.shelf().url)


def expect_recording_set(*, recording_id: str, broadcast_id: str) -> None:
    """Note that a recording wants a set. Safe to repeat."""
    services.expect_recording_set(
        recording_id=recording_id, broadcast_id=broadcast_id, now=timezone.now()
    )


def make_recording_set(*, recording_id: str) -> None:
    """Fill the set of a stored recording. Safe to repeat.

    Raises:
        NotFound: streams has no such recording.
        Unavailable: the maker or the storage failed; try again.

    """
    services.make_recording_set(
        recording=streams.get_recording(recording_id=recording_id),
        maker=wiring.maker(),
        shelf=wiring.shelf(),
        now=timezone.now(),
    )


def refresh_live(*, broadcast_id: str) -> None:
    """Make the set of a running broadcast anew, where it has newer footage. Safe to repeat.

    Raises:
        Unavailable: no footage yet, or the maker or the storage failed; try again.

    """
    services.refresh_live(
        broadcast_id=broadcast_id,
        live=streams.list_live_segments(broadcast_id=broadcast_id),
        maker=wiring.maker(),
        shelf=wiring.shelf(),
        now=timezone.now(),
    )


def list_live_ids() -> list[str]:
    """Return the broadcasts whose sets are to be kept fresh."""
    return streams.list_live_ids()


def claim_stale() -> list[StaleSet]:
    """Return sets that waited too long, each once in a while; the caller queues their work."""
    return services.claim_stale(now=timezone.now())
