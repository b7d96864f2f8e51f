"""From RTMP messages to the FLV that ffmpeg reads (Adobe Flash Video File Format 10.1, annex E).

Only what players need goes in: H.264 and AAC. Metadata messages stay out, since they carry what an
encoder likes to tell (places, device names) and would end in files that viewers download.
"""

from __future__ import annotations

import struct
from typing import Final

from workers.ingest import amf, chunks
from workers.ingest.chunks import Message
from workers.ingest.errors import MalformedRtmp, UnsupportedCodec
from workers.ingest.meter import Meter

HAS_VIDEO: Final = 1
HAS_AUDIO: Final = 4
MAX_JUMP_MS: Final = 30_000  # a larger step is the encoder's clock being set, not a pause

_H264: Final = 7
_AAC: Final = 10
_VIDEO_HEAD_BYTES: Final = 4
_SHORTEST: Final = 2
_KEY_FRAME: Final = 1
_COMMAND_FRAME: Final = 5
_TAG_HEAD: Final = struct.Struct(">IIHB")  # kind and size; time; the stream, which is always 0


class Timeline:
    """Makes timestamps start near 0 and never run backwards within a track."""

    def __init__(self) -> None:
        self._offset: int | None = None
        self._last: dict[int, int] = {}
        self.now_ms = 0

    def place(self, kind: int, timestamp: int) -> int:
        """Return the milliseconds since the first frame; 32-bit wraps are unrolled."""
        if self._offset is None:
            self._offset = -timestamp
        placed = self.now_ms + _signed(timestamp + self._offset - self.now_ms)
        if abs(placed - self.now_ms) > MAX_JUMP_MS:
            self._offset += self.now_ms - placed
            placed = self.now_ms
        placed = max(placed, self._last.get(kind, 0))
        self._last[kind] = placed
        self.now_ms = max(self.now_ms, placed)
        return placed


class Track:
    """One run of tags with one set of decoder settings: one ffmpeg, one init segment.

    `begins_ms` is the media time of its session at which it begins.
    """

    def __init__(
        self, meter: Meter, *, holds: int = HAS_VIDEO | HAS_AUDIO, begins_ms: int = 0
    ) -> None:
        self.holds = holds
        self.timeline = Timeline()
        self._meter = meter
        self._begins_ms = begins_ms
        self._has_begun = False
        self._settings: dict[int, bytes] = {}
        self.key_frames = 0

    def changes_settings(self, message: Message) -> bool:
        """Say whether the encoder now sends other decoder settings than it began with.

        A phone that is turned does. What was written so far stays right only under the old ones.
        """
        payload = message.payload
        if len(payload) < _SHORTEST or payload[1] or message.kind == chunks.DATA:
            return False
        return self._settings.get(message.kind, payload) != payload

    def tag(self, message: Message) -> bytes:
        """Return the FLV tag, the file's header before the first; or nothing for what is no use.

        Raises:
            UnsupportedCodec: neither H.264 nor AAC.

        """
        if message.kind == chunks.DATA:
            self.holds = _promised(message.payload) or self.holds
            return b""
        tag = self._tag(message) if _is_media(message) else b""
        if tag and not self._has_begun:
            self._has_begun = True
            tag = header(self.holds) + tag
        return tag

    def _tag(self, message: Message) -> bytes:
        kind, timestamp, _, payload = message
        if not payload[1]:
            return self._settings_tag(message)
        is_key = kind == chunks.VIDEO and payload[0] >> 4 == _KEY_FRAME
        if kind not in self._settings:
            return b""
        if is_key:
            self.key_frames += 1
        elif kind == chunks.VIDEO and not self.key_frames:
            return b""
        moment = self.timeline.place(kind, timestamp)
        self._meter.frame(kind, self._begins_ms + moment, len(payload), is_key=is_key)
        return _tag(kind, moment, payload)

    def _settings_tag(self, message: Message) -> bytes:
        if message.kind in self._settings:
            return b""
        self._settings[message.kind] = message.payload
        self._meter.settings(message.kind, message.payload)
        return _tag(message.kind, self.timeline.now_ms, message.payload)

    def settings(self) -> list[Message]:
        """Return the decoder settings seen so far, to begin the next track with."""
        return [Message(kind, 0, 1, payload) for kind, payload in self._settings.items()]


def header(holds: int) -> bytes:
    """Return a file's header; ffmpeg waits for every kind of media that it names."""
    return b"FLV\x01" + bytes([holds]) + struct.pack(">II", 9, 0)


def _promised(metadata: bytes) -> int:
    """Read from onMetaData which media will come; 0 where it does not say."""
    try:
        values = amf.decode(metadata)
    except MalformedRtmp:  # what encoders put here must not cost them the stream
        return 0
    said = next((value for value in values if isinstance(value, dict)), {})
    return HAS_VIDEO * ("videocodecid" in said) | HAS_AUDIO * ("audiocodecid" in said)


def _is_media(message: Message) -> bool:
    kind, payload = message.kind, message.payload
    if kind == chunks.VIDEO and len(payload) > _VIDEO_HEAD_BYTES:
        first = payload[0]
        if first & 0x8F == _H264:
            return first >> 4 != _COMMAND_FRAME
        # Enhanced RTMP: the codec is a four-letter code.
        codec = payload[1:5].decode("ascii", "replace") if first & 0x80 else first & 0x0F
        raise UnsupportedCodec(kind="video", codec=codec)
    if kind == chunks.AUDIO and len(payload) >= _SHORTEST:
        if payload[0] >> 4 == _AAC:
            return True
        raise UnsupportedCodec(kind="audio", codec=payload[0] >> 4)
    return False


def _tag(kind: int, moment: int, payload: bytes) -> bytes:
    size = len(payload)
    stamp = (moment & 0xFFFFFF) << 8 | moment >> 24 & 0xFF  # the highest byte comes last
    head = _TAG_HEAD.pack(kind << 24 | size, stamp, 0, 0)
    return b"".join((head, payload, (size + _TAG_HEAD.size).to_bytes(4)))


def _signed(number: int) -> int:
    """Read the low 32 bits as a signed number: the shorter way around the clock."""
    return (number + 0x80000000) % 0x100000000 - 0x80000000
