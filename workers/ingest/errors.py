"""What ends a publisher before or during its session, in one tree with the rest of the project."""

from __future__ import annotations

from kit.errors import Forbidden, Invalid, Unavailable


class MalformedRtmp(Invalid):
    """What arrived breaks the protocol or one of our limits; the connection is closed."""

    code = "malformed-rtmp"
    sentence = "{why}"


class UnsupportedCodec(Invalid):
    """Players get what was published, unconverted: so only what every phone plays."""

    code = "unsupported-codec"
    sentence = "Only H.264 video and AAC audio are taken ({kind} codec {codec})."


class PublishRefused(Forbidden):
    code = "publish-refused"
    sentence = "Publishing is refused: {why}."


class HookUnavailable(Unavailable):
    code = "hook-unavailable"
    sentence = "The hook gave no answer to use: {why}."


class FfmpegGone(Unavailable):
    code = "ffmpeg-gone"
    sentence = "ffmpeg ended before its input did."
