"""The door of the social context: everyone else imports this module and no deeper.

Each function wires what is needed and makes one call.
"""

from __future__ import annotations

from typing import Final

from django.utils import timezone

from apps.social import queries, rules, wiring
from apps.social.contracts import ConnectionSummary, ConsentPage, PlayerPage, UploadSummary
from apps.social.errors import BadVideoId
from apps.social.services import connections, outcomes, polling, uploads
from apps.social.services.sending import Equipment
from apps.streams import public as streams
from apps.streams.contracts import RecordingSummary
from apps.streams.errors import RecordingNotFound

RECONCILE_BATCH: Final = 100

get_connection = queries.get_connection
get_upload = queries.get_upload
list_uploads = queries.list_uploads
cancel_upload = uploads.cancel_upload
is_video_title = rules.is_video_title
is_video_description = rules.is_video_description
disconnect = connections.disconnect


def begin_consent(*, user_id: str, wishes: dict[str, object]) -> ConsentPage:
    """Make the address of Google's consent page for one creator; it works for ten minutes."""
    return connections.begin_consent(
        user_id=user_id,
        wishes=wishes,
        redirect_url=wiring.redirect_url(),
        consents=wiring.youtube(),
        safe=wiring.safe(),
        now=timezone.now(),
    )


def finish_consent(*, state: str, code: str, refusal: str) -> ConnectionSummary:
    """Take what the browser brought back: a code, or Google's word for a refusal.

    Raises:
        ConsentExpired, ConsentRefused, ScopesMissing, NoChannel: the creator starts again.
        Unavailable: Google does not answer.

    """
    if not code:
        connections.decline_consent(state=state, why=refusal, now=timezone.now())
    return connections.finish_consent(
        state=state,
        code=code,
        redirect_url=wiring.redirect_url(),
        consents=wiring.youtube(),
        safe=wiring.safe(),
        now=timezone.now(),
    )


def revoke_grant(*, user_id: str) -> None:
    """Tell Google about a connection that ended here. Safe to repeat."""
    connections.revoke_grant(user_id=user_id, consents=wiring.youtube(), safe=wiring.safe())


def request_upload(*, user_id: str, recording_id: str, wishes: dict[str, object]) -> UploadSummary:
    """Have a creator's recording uploaded; see `services.uploads.request_upload`."""
    return uploads.request_upload(
        user_id=user_id,
        recording=streams.get_recording(recording_id=recording_id),
        wishes=wishes,
        now=timezone.now(),
    )


def publish_recording(*, recording_id: str) -> str | None:
    """Queue what the creator's connection asks for; None where there is nothing to do."""
    try:
        recording = streams.get_recording(recording_id=recording_id)
    except RecordingNotFound:  # removed before its event came
        return None
    return uploads.publish_recording(recording=recording, now=timezone.now())


def send_upload(*, upload_id: str, holder: str) -> bool:
    """Send what is missing; True where another task has to go on.

    Raises:
        Unavailable: YouTube does not answer; try again.

    """
    site = wiring.youtube()
    equipment = Equipment(
        site=site,
        consents=site,
        safe=wiring.safe(),
        storage=wiring.storage(),
        find_recording=_recording,
        clock=timezone.now,
        time_slice=wiring.time_slice(),
    )
    return outcomes.send_upload(upload_id=upload_id, holder=holder, equipment=equipment)


def poll_creator(*, user_id: str) -> None:
    """Look whether a creator's videos are processed. Safe to repeat."""
    site = wiring.youtube()
    polling.poll_creator(
        user_id=user_id, site=site, consents=site, safe=wiring.safe(), now=timezone.now()
    )


def list_creators_to_poll() -> list[str]:
    return queries.list_creators_to_poll(now=timezone.now())


def requeue_overdue() -> list[str]:
    """Return uploads that need a task, each handed out once."""
    return uploads.requeue_overdue(now=timezone.now(), limit=RECONCILE_BATCH)


def list_unfinished_revocations() -> list[str]:
    return queries.list_unfinished_revocations(limit=RECONCILE_BATCH)


def get_player(*, video_id: str) -> PlayerPage:
    """Return what the player page shows.

    Raises:
        BadVideoId: no video can have this id.

    """
    if not rules.is_video_id(video_id):
        raise BadVideoId
    return PlayerPage(
        video_id=video_id,
        embed_url=rules.player_url(video_id, wiring.public_url()),
        watch_url=rules.watch_url(video_id),
    )


def _recording(recording_id: str) -> RecordingSummary:
    return streams.get_recording(recording_id=recording_id)
