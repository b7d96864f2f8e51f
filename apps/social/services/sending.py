"""Sending one recording to YouTube, a chunk at a time, by whichever worker holds the lease.

Everything a later worker needs is written before the next byte leaves: the session before the
first chunk, the offset after each one, and that the last one is about to go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, TypeVar

from cryptography.fernet import InvalidToken
from django.core.files.storage import Storage

from apps.social import queries, rules
from apps.social.documents.quota import QuotaDay
from apps.social.documents.uploads import YouTubeUpload
from apps.social.errors import (
    OutcomeUnknown,
    QuotaSpent,
    SessionGone,
    SourceChanged,
    VideoRefused,
    YouTubeDown,
)
from apps.social.events import UploadProgressed
from apps.social.ports import Consents, NewVideo, Progress, Session, VideoSite
from apps.social.services.connections import Access
from apps.streams.contracts import RecordingSummary
from kit.errors import NotFound
from kit.events import Event
from kit.ids import new_id
from kit.secrets import Safe

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What sending needs from outside."""

    site: VideoSite
    consents: Consents
    safe: Safe
    storage: Storage
    find_recording: Callable[[str], RecordingSummary]
    clock: Callable[[], datetime]
    chunk_bytes: int = rules.CHUNK_BYTES
    time_slice: timedelta = rules.TIME_SLICE


class LeaseLost(Exception):
    """Another worker took the upload over, or its creator cancelled it."""


class Sender:
    """One task's work on one upload it holds the lease of."""

    def __init__(self, upload: YouTubeUpload, equipment: Equipment) -> None:
        self.upload = upload
        self._tools = equipment
        connection = queries.get_active_connection(upload.user_id)
        self._access = Access(connection, equipment.consents, equipment.safe)

    def send(self) -> bool:
        """Send until the file is a video (True) or this task's time is over (False).

        Raises:
            LeaseLost: someone else decides now.
            DomainError: whatever stands in the way; `outcomes.settle` knows what to do.

        """
        stops_at = self._tools.clock() + self._tools.time_slice
        with self._open_source() as source:
            progress = self._resume()
            while not progress.video_id:
                progress = self._send_next(source, progress.offset)
                if not progress.video_id and self._tools.clock() >= stops_at:
                    return False
        YouTubeUpload.objects.finish(
            self.upload, video_id=progress.video_id, now=self._tools.clock()
        )
        return True

    def _resume(self) -> Progress:
        """Ask a known session how far it is; open one where there is none or it is gone."""
        if not self.upload.sealed_session:
            return self._start()
        try:
            session = self._session()
            progress = self._call(lambda token: self._tools.site.find_progress(token, session))
        except SessionGone:
            if self.upload.is_finishing:
                raise OutcomeUnknown from None
            return self._start()
        if not progress.video_id:
            self._keep(progress)
        return progress

    def _start(self) -> Progress:
        """Open a session, counted in the project's quota before Google counts it."""
        if self.upload.sessions >= rules.MAX_SESSIONS:
            raise VideoRefused(reason="session-lost-too-often")
        now = self._tools.clock()
        self._hold(state="starting", sealed_session="", session_id="", offset=0)
        if not QuotaDay.objects.take(rules.quota_day(now)):
            raise QuotaSpent
        self._hold(sessions=self.upload.sessions + 1)
        video = NewVideo(
            title=self.upload.title,
            description=self.upload.description,
            privacy=self.upload.privacy,
            is_made_for_kids=self.upload.is_made_for_kids,
            content_type=self.upload.content_type,
            size_bytes=self.upload.size_bytes,
        )
        uri = self._call(lambda token: self._tools.site.start_upload(token, video))
        self._hold(
            state="uploading",
            sealed_session=self._tools.safe.seal(uri),
            session_id=new_id(),
            offset=0,
            is_finishing=False,
        )
        return Progress(offset=0)

    def _send_next(self, source: IO[bytes], offset: int) -> Progress:
        chunk = self._read(source, offset)
        if offset + len(chunk) >= self.upload.size_bytes and not self.upload.is_finishing:
            self._hold(is_finishing=True)
        session = self._session()
        try:
            progress = self._call(
                lambda token: self._tools.site.send_chunk(
                    token, session, offset=offset, chunk=chunk
                )
            )
        except SessionGone:
            # An answer to these very bytes: they were not taken, so a new session is safe.
            return self._start()
        except VideoRefused as refused:
            progress = self._find_out(session, offset, refused)
        if not progress.video_id:
            self._keep(progress)
            if progress.offset == offset:
                raise YouTubeDown(why="it kept nothing of a chunk")
        return progress

    def _find_out(self, session: Session, offset: int, refused: VideoRefused) -> Progress:
        """Ask after a refusal: an overtaken worker's chunk may have come just before ours."""
        progress = self._call(lambda token: self._tools.site.find_progress(token, session))
        if not progress.video_id and progress.offset == offset:
            raise refused
        return progress

    def _read(self, source: IO[bytes], offset: int) -> bytes:
        """Read one chunk, whole: a short one would tell YouTube that the file ends here."""
        wanted = min(self._tools.chunk_bytes, self.upload.size_bytes - offset)
        if wanted <= 0:
            raise YouTubeDown(why="all bytes are there but no video yet", retry_after_s=30)
        source.seek(offset)
        chunk = source.read(wanted)
        if len(chunk) != wanted:
            raise SourceChanged(why="it is shorter")
        return chunk

    def _open_source(self) -> IO[bytes]:
        """Open the recording, if it is still the one the upload began with."""
        try:
            recording = self._tools.find_recording(self.upload.recording_id)
        except NotFound:
            raise SourceChanged(why="it is gone") from None
        if not recording.is_stored:
            raise SourceChanged(why=f"it is {recording.state}")
        if (
            recording.sha256 != self.upload.sha256
            or recording.size_bytes != self.upload.size_bytes
        ):
            raise SourceChanged(why="it was made anew")
        try:
            opened: IO[bytes] = self._tools.storage.open(recording.storage_name, "rb")
        except FileNotFoundError:
            raise SourceChanged(why="its file is gone") from None
        return opened

    def _session(self) -> Session:
        try:
            uri = self._tools.safe.open(self.upload.sealed_session)
        except InvalidToken:
            raise SessionGone from None  # for us: its key was rotated away
        return Session(
            uri=uri, content_type=self.upload.content_type, size_bytes=self.upload.size_bytes
        )

    def _call(self, verb: Callable[[str], T]) -> T:
        return self._access.call(verb, now=self._tools.clock())

    def _keep(self, progress: Progress) -> None:
        """Write how far the site is, and say so at every tenth of the way."""
        tenth = rules.percent(progress.offset, self.upload.size_bytes) // 10 * 10
        events: list[Event] = []
        moved = {"sealed_session": self._tools.safe.seal(progress.moved_to)}
        if tenth > self.upload.announced_progress:
            events = [
                UploadProgressed(
                    at=self._tools.clock(),
                    upload_id=str(self.upload.id),
                    recording_id=self.upload.recording_id,
                    creator_id=self.upload.user_id,
                    progress=tenth,
                )
            ]
        self._hold(
            events=events,
            offset=progress.offset,
            is_finishing=progress.offset >= self.upload.size_bytes,
            failures=0 if progress.offset > self.upload.offset else self.upload.failures,
            announced_progress=max(tenth, self.upload.announced_progress),
            **(moved if progress.moved_to else {}),
        )

    def _hold(self, *, events: list[Event] | None = None, **values: object) -> None:
        """Write while holding the lease, and remember what was written.

        Raises:
            LeaseLost: it is no longer held.

        """
        now = self._tools.clock()
        if not YouTubeUpload.objects.hold(self.upload, now=now, events=events or [], **values):
            raise LeaseLost
        for name, value in values.items():
            setattr(self.upload, name, value)
