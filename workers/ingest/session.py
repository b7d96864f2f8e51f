"""One publisher's session: media to ffmpeg, heartbeats to the backend, and its end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import structlog

from workers.ingest.chunks import DATA, Message
from workers.ingest.errors import FfmpegGone, MalformedRtmp, UnsupportedCodec
from workers.ingest.ffmpeg import Target
from workers.ingest.hooks import Hooks, Ids, Reading
from workers.ingest.lists import Lists
from workers.ingest.rtmp import Connection
from workers.ingest.storage import Storage
from workers.ingest.tracks import NO_LADDER, Ladder, Tracks

HEARTBEAT_S: Final = 5.0
IDLE_S: Final = 15.0
HANDSHAKE_S: Final = 10.0
FOLLOW_EVERY_S: Final = 1.0
FFMPEG_WRITES_S: Final = 0.05  # from a key frame in its pipe to the segment before it on disk
STOPPED_BUDGET_S: Final = 30.0
SHUTDOWN_BUDGET_S: Final = 3.0
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
    """Where a broadcast's media goes, how many seconds can be played back, in which sizes."""

    storage: Storage
    name: str
    dvr_s: float
    ladder: Ladder = NO_LADDER

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
        lists = Lists(shelf.folder, shelf.dvr_s)
        self._tracks = Tracks(Target(shelf.folder, ids.epoch), lists, shelf.ladder)
        self._stopped: asyncio.Future[Reason] = asyncio.get_running_loop().create_future()
        self._listed = asyncio.Event()  # index.m3u8 has a segment of this session
        self._announced = False
        self._heard_at = 0.0
        self._received = 0

    def reading(self) -> Reading:
        """Say how much came so far and how healthy it is."""
        return Reading(self._received, self._tracks.duration_s, self._tracks.meter.health())

    def as_json(self) -> dict[str, object]:
        """Describe it as an item of `GET /sessions`."""
        reading = self.reading()
        health = reading.health
        picture, sound = self._tracks.meter.picture, self._tracks.meter.sound
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
            "renditions": self._tracks.renditions(),
            "problem": self._tracks.problem,
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
            await self._tracks.close()
            self._note_listed()
            self.off_the_air.set()
            await closing
        log.info("session ended", reason=reason, received_bytes=self._received)
        await self._tell_the_end(reason)

    async def _on_the_air(self) -> Reason:
        if self._stopped.done():  # taken over while it waited for its own turn
            return self._stopped.result()
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
        media = sum(len(message.payload) for message in batch if message.kind != DATA)
        self._received += media
        clock = asyncio.get_running_loop()
        self._heard_at = clock.time() if media else self._heard_at
        await self._tracks.take(batch)
        # While ffmpeg made us wait, nobody listened: that was no silence.
        self._heard_at = clock.time() if media else self._heard_at

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
        clock = asyncio.get_running_loop()
        while True:
            self._tracks.list_segments()
            self._note_listed()
            ends = self._tracks.segment_ends
            now_and_then = clock.call_later(FOLLOW_EVERY_S, ends.set)
            await ends.wait()
            now_and_then.cancel()
            ends.clear()
            await asyncio.sleep(FFMPEG_WRITES_S)

    def _note_listed(self) -> None:
        if self._tracks.has_listed:
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
