"""One publisher's session: media to ffmpeg, heartbeats to the backend, and its end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import structlog

from workers.ingest import flv
from workers.ingest.chunks import DATA, Message
from workers.ingest.errors import FfmpegGone, MalformedRtmp, UnsupportedCodec
from workers.ingest.ffmpeg import Ffmpeg, Target
from workers.ingest.hooks import Hooks, Ids, Reading
from workers.ingest.lists import Lists
from workers.ingest.meter import Meter
from workers.ingest.rtmp import Connection
from workers.ingest.storage import Storage

HEARTBEAT_S: Final = 5.0
IDLE_S: Final = 15.0
HANDSHAKE_S: Final = 10.0
FFMPEG_CLOSE_S: Final = 10.0
FOLLOW_EVERY_S: Final = 1.0
FFMPEG_WRITES_S: Final = 0.05  # from a key frame in its pipe to the segment before it on disk
STOPPED_BUDGET_S: Final = 30.0
SHUTDOWN_BUDGET_S: Final = 3.0
MAX_TRACKS: Final = 99
_log = structlog.get_logger(__name__)


class Reason(StrEnum):
    """Why a session ended."""

    LEFT = "left"
    CUT = "cut"
    IDLE = "idle"
    TAKEN_OVER = "taken-over"
    SHUTDOWN = "shutdown"
    STORAGE = "storage"


_SPOKEN: Final = frozenset({Reason.CUT, Reason.TAKEN_OVER, Reason.IDLE, Reason.STORAGE})


@dataclass(frozen=True, slots=True)
class Pace:
    """The clocks of a publisher, in seconds."""

    heartbeat_s: float
    idle_s: float
    handshake_s: float


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a broadcast's media goes, and how many seconds of it can be played back."""

    storage: Storage
    name: str
    dvr_s: float

    @property
    def folder(self) -> Path:
        return self.storage.folder / self.name


class Session:
    """Runs from the backend's yes to the `stopped` hook. `stop` may be called at any time."""

    def __init__(
        self, ids: Ids, *, connection: Connection, hooks: Hooks, shelf: Shelf, pace: Pace
    ) -> None:
        self.ids = ids
        self.started_at = datetime.now(UTC)
        self.off_the_air = asyncio.Event()  # its ffmpeg is gone: the next one may begin
        self._connection = connection
        self._hooks = hooks
        self._pace = pace
        self._storage = shelf.storage
        self._target = Target(shelf.folder, ids.epoch)
        self._lists = Lists(shelf.folder, shelf.dvr_s)
        self._stopped: asyncio.Future[Reason] = asyncio.get_running_loop().create_future()
        self._listed = asyncio.Event()  # index.m3u8 has a segment of this session
        self._segment_ends = asyncio.Event()
        self._announced = False
        self._heard_at = 0.0
        self._received = 0
        self._earlier_ms = 0
        self._meter = Meter()
        self._track = flv.Track(self._meter)
        self._ffmpeg: Ffmpeg | None = None

    @property
    def duration_s(self) -> float:
        """Seconds of media that came, by the encoder's clock."""
        return (self._earlier_ms + self._track.timeline.now_ms) / 1000

    def reading(self) -> Reading:
        """Say how much came so far and how healthy it is."""
        return Reading(self._received, self.duration_s, self._meter.health())

    def as_json(self) -> dict[str, object]:
        """Describe it as an item of `GET /sessions`."""
        reading = self.reading()
        health = reading.health
        picture, sound = self._meter.picture, self._meter.sound
        video = {
            **(asdict(picture) if picture else {}),
            "fps": health.fps,
            "bitrate_bps": health.bitrate_bps,
            "keyframe_interval_s": health.keyframe_interval_s,
        }
        audio = {**(asdict(sound) if sound else {}), "bitrate_bps": health.audio_bitrate_bps}
        return {
            **asdict(self.ids),
            "started_at": self.started_at.isoformat(timespec="milliseconds"),
            "received_bytes": reading.received_bytes,
            "duration_s": reading.duration_s,
            "video": video if picture else None,
            "audio": audio if sound else None,
            "dropped_frames": health.dropped_frames,
        }

    def stop(self, reason: Reason) -> None:
        """End it soon; the first reason counts."""
        if not self._stopped.done():
            self._stopped.set_result(reason)

    async def run(self) -> None:
        """Carry the stream until someone ends it, then finish its files and tell the backend."""
        log = _log.bind(**asdict(self.ids), remote=self._connection.remote)
        log.info("session begins")
        reason = Reason.CUT
        try:
            reason = await self._on_the_air()
        except (FfmpegGone, OSError) as failed:
            problem = await asyncio.to_thread(self._storage.find_problem)
            reason = Reason.STORAGE if problem else Reason.CUT
            why = problem or str(failed) or type(failed).__name__
            log.error("session failed", why=why)  # noqa: TRY400 (a sentence says more)
        finally:
            closing = asyncio.create_task(self._connection.close())
            await self._close_track()
            self.off_the_air.set()
            await closing
        log.info("session ended", reason=reason, received_bytes=self._received)
        await self._tell_the_end(reason)

    async def _on_the_air(self) -> Reason:
        if self._stopped.done():  # taken over while it waited for its own turn
            return self._stopped.result()
        await self._begin(self._target)
        await self._connection.accept()
        reason = await self._until_one_ends()
        if reason in _SPOKEN:
            with contextlib.suppress(OSError):
                await self._connection.refuse("NetStream.Publish.Rejected", f"Ended: {reason}")
        return reason

    async def _until_one_ends(self) -> Reason:
        parts: list[Coroutine[Any, Any, Reason]] = [
            self._told_to_stop(),
            self._carry(),
            self._watch_for_silence(),
            self._heartbeats(),
            self._follow(),
            self._announce(),
        ]
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return next(task for task in tasks if task in done).result()

    async def _told_to_stop(self) -> Reason:
        return await asyncio.shield(self._stopped)

    async def _carry(self) -> Reason:
        try:
            async for batch in self._connection.media():
                await self._take(batch)
        except (MalformedRtmp, UnsupportedCodec) as refused:
            _log.warning("stream refused", why=str(refused), **asdict(self.ids))
            return Reason.CUT
        except ConnectionError:
            pass
        return Reason.LEFT

    async def _take(self, batch: list[Message]) -> None:
        tags = bytearray()
        media = sum(len(message.payload) for message in batch if message.kind != DATA)
        if media:
            self._received += media
            self._heard_at = asyncio.get_running_loop().time()
        key_frames = self._track.key_frames
        for message in batch:
            if self._track.changes_settings(message):
                await self._write(tags)
                tags = await self._next_track(message)
            tags += self._track.tag(message)
        await self._write(tags)
        if self._track.key_frames != key_frames:
            self._segment_ends.set()

    async def _write(self, tags: bytearray) -> None:
        if tags and self._ffmpeg is not None:
            await self._ffmpeg.write(tags)

    async def _begin(self, target: Target) -> None:
        self._target = replace(target, offset_s=self._lists.next_begin_s())
        self._lists.begin(self._target)
        self._ffmpeg = await Ffmpeg.start(self._target)

    async def _next_track(self, changed: Message) -> bytearray:
        """Begin a new ffmpeg: an init segment cannot change within a track."""
        if self._target.track >= MAX_TRACKS:
            raise MalformedRtmp(why="the encoder changes its settings without end")
        unchanged = [known for known in self._track.settings() if known.kind != changed.kind]
        await self._close_track()
        self._earlier_ms += self._track.timeline.now_ms
        self._track = flv.Track(self._meter, holds=self._track.holds, begins_ms=self._earlier_ms)
        await self._begin(replace(self._target, track=self._target.track + 1))
        return bytearray(b"".join(self._track.tag(message) for message in unchanged))

    async def _close_track(self) -> None:
        if self._ffmpeg is None:
            return
        await self._ffmpeg.close(FFMPEG_CLOSE_S)
        self._ffmpeg = None
        try:
            self._list_segments()
        except OSError as failed:
            _log.error("playlist cannot be written", why=str(failed), **asdict(self.ids))

    async def _watch_for_silence(self) -> Reason:
        clock = asyncio.get_running_loop()
        self._heard_at = clock.time()
        while True:
            left = self._heard_at + self._pace.idle_s - clock.time()
            if left <= 0:
                return Reason.IDLE
            await asyncio.sleep(left)

    async def _heartbeats(self) -> Reason:
        while True:
            await asyncio.sleep(self._pace.heartbeat_s)
            is_playing = self._listed.is_set()
            if not await self._hooks.may_continue(self.ids, self.reading(), is_playing=is_playing):
                return Reason.CUT

    async def _follow(self) -> Reason:
        """Look for segments where one may have ended, which is at a key frame; and now and then.

        Looking five times a second cost as much as parsing a stream.
        """
        while True:
            self._list_segments()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FOLLOW_EVERY_S):
                    await self._segment_ends.wait()
            self._segment_ends.clear()
            await asyncio.sleep(FFMPEG_WRITES_S)

    def _list_segments(self) -> None:
        if self._lists.follow():
            self._listed.set()

    async def _announce(self) -> Reason:
        await self._listed.wait()
        await self._tell_the_start()
        return await self._told_to_stop()

    async def _tell_the_start(self) -> None:
        await self._hooks.started(self.ids)
        self._announced = True

    async def _tell_the_end(self, reason: Reason) -> None:
        budget_s = SHUTDOWN_BUDGET_S if reason is Reason.SHUTDOWN else STOPPED_BUDGET_S
        try:
            async with asyncio.timeout(budget_s):
                if self._listed.is_set() and not self._announced:
                    await self._tell_the_start()  # it was short, and yet can be played
                await self._hooks.stopped(self.ids, self.reading(), reason=reason)
        except TimeoutError:
            _log.error("stopped hook given up", **asdict(self.ids))
