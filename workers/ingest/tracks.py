"""A session's media on its way to ffmpeg: one track, and one ffmpeg, for each set of settings."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import asdict, dataclass, replace
from typing import Final

import structlog

from workers.ingest import flv
from workers.ingest.chunks import Message
from workers.ingest.encoding import X264, Encoder
from workers.ingest.errors import FfmpegGone, MalformedRtmp
from workers.ingest.ffmpeg import PROBE_S, STUCK_S, Ffmpeg, Target
from workers.ingest.ladder import cut_to
from workers.ingest.lists import Lists
from workers.ingest.meter import Meter
from workers.ingest.pressure import Pressure

FFMPEG_CLOSE_S: Final = 10.0
# What a slow encoder may hold up, both together well below the silence that ends a session.
ENCODER_STUCK_S: Final = 4.0
ENCODER_CLOSE_S: Final = 3.0
MAX_TRACKS: Final = 99
HELD_MAX_BYTES: Final = 1_000_000  # until a picture came that says which renditions are below it

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ladder:
    """The short sides of the renditions an operator wants, none for none; and who encodes."""

    sides: tuple[int, ...] = ()
    encoder: Encoder = X264


NO_LADDER: Final = Ladder()


class Tracks:
    """`take` what comes, `list_segments` now and then, `close` at the end."""

    def __init__(self, target: Target, lists: Lists, ladder: Ladder) -> None:
        self.meter = Meter()
        self.segment_ends = asyncio.Event()  # a key frame came: only there a segment ends
        self.has_listed = False  # players find a segment of this session
        self.problem = ""  # why viewers get less than they could, as a sentence
        self._target = target
        self._lists = lists
        self._ladder = ladder
        self._earlier_ms = 0
        self._track = flv.Track(self.meter)
        self._tags = bytearray()
        self._pressure = Pressure()
        self._ffmpeg: Ffmpeg | None = None

    @property
    def duration_s(self) -> float:
        """Seconds of media that came, by the encoder's clock."""
        return (self._earlier_ms + self._track.timeline.now_ms) / 1000

    def renditions(self) -> list[dict[str, object]]:
        """Describe what is encoded beside the source."""
        return [asdict(rung) for rung in self._target.rungs]

    async def take(self, batch: list[Message]) -> None:
        """Hand messages to ffmpeg, as far as they are of use.

        Raises:
            MalformedRtmp, UnsupportedCodec: nothing can be made of this stream.
            FfmpegGone: it cannot be run, or it ended.
            OSError: the folder cannot be written.

        """
        is_next = False
        for message in batch:
            begins_group = flv.begins_group(message)
            is_next = is_next or begins_group
            if self._track.changes_settings(message):
                await self._flush()
                await self._next_track(changed=message.kind)
            elif begins_group and (trouble := self._trouble()):
                await self._flush()
                await self._go_on_without_ladder(trouble)
            self._tags += self._track.tag(message)
        await self._flush()
        if is_next:
            self.segment_ends.set()

    def list_segments(self, *, is_over: bool = False) -> None:
        """List what ffmpeg finished. `is_over`: it will not finish more.

        Raises:
            OSError: the folder cannot be written.

        """
        self.has_listed = self._lists.follow(is_over=is_over) or self.has_listed

    async def close(self, *, deadline_s: float = FFMPEG_CLOSE_S) -> None:
        """Finish the files of the running track, and list what is in them."""
        with contextlib.suppress(FfmpegGone, OSError):
            if self._ffmpeg is None and self._tags:
                await self._begin()
                await self._flush()
        if self._ffmpeg is None:
            return
        await self._ffmpeg.close(deadline_s)
        self._ffmpeg = None
        try:
            self.list_segments(is_over=True)
        except OSError as failed:
            folder = str(self._target.folder)
            _log.error("playlist cannot be written", why=str(failed), folder=folder)

    def _trouble(self) -> str:
        if not self._target.rungs:
            return ""
        if self._pressure.is_too_high:
            return "Encoding does not keep up; viewers get the source only."
        if not self._lists.is_in_step:
            return "Renditions do not match the encoder's key frames; viewers get the source only."
        return ""

    async def _flush(self) -> None:
        if not self._tags or (self._ffmpeg is None and not self._knows_enough()):
            return
        ffmpeg = self._ffmpeg or await self._begin()
        tags, self._tags = self._tags, bytearray()
        clock = asyncio.get_running_loop()
        began_s = clock.time()
        try:
            await ffmpeg.write(tags, stuck_s=ENCODER_STUCK_S if self._target.rungs else STUCK_S)
        except FfmpegGone:
            if not self._target.rungs:
                raise
            # A device that takes no more streams must not cost the broadcast.
            why = "Encoding failed or is far too slow; viewers get the source only."
            await self._go_on_without_ladder(why)
            return
        now_s = clock.time()
        self._pressure.note(now_s, media_s=self.duration_s, waited_s=now_s - began_s)

    def _knows_enough(self) -> bool:
        if not self._ladder.sides or self._track.key_frames:
            return True
        waited_long = self._track.timeline.now_ms >= PROBE_S * 1000
        return waited_long or len(self._tags) > HELD_MAX_BYTES

    async def _begin(self) -> Ffmpeg:
        picture = self.meter.picture if self._track.key_frames else None
        sides = self._lists.fix_sides(self._ladder.sides, picture)
        self._target = replace(
            self._target,
            offset_s=self._lists.next_begin_s(),
            rungs=cut_to(sides, picture) if picture and self._ladder.sides else (),
            encoder=self._ladder.encoder,
            delay_s=self._track.delay_ms / 1000,
        )
        self._lists.begin(self._target, self.meter)
        self._ffmpeg = await Ffmpeg.start(self._target)
        return self._ffmpeg

    async def _next_track(
        self, *, changed: int | None = None, deadline_s: float = FFMPEG_CLOSE_S
    ) -> None:
        """Begin a new ffmpeg: an init segment cannot change within a track."""
        if self._target.track >= MAX_TRACKS:
            raise MalformedRtmp(why="the encoder changes its settings without end")
        unchanged = [known for known in self._track.settings() if known.kind != changed]
        await self.close(deadline_s=deadline_s)
        self._earlier_ms += self._track.timeline.now_ms
        self._track = flv.Track(self.meter, holds=self._track.holds, begins_ms=self._earlier_ms)
        self._target = replace(self._target, track=self._target.track + 1, rungs=())
        self._tags = bytearray(b"".join(self._track.tag(message) for message in unchanged))

    async def _go_on_without_ladder(self, why: str) -> None:
        _log.warning("ladder dropped", why=why, folder=str(self._target.folder))
        self.problem = why
        self._ladder = NO_LADDER
        await self._next_track(deadline_s=ENCODER_CLOSE_S)
