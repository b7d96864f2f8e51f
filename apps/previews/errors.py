"""Everything the previews context can refuse, and why.

MediaRefused  what is wrong with the file itself: another try cannot mend it
├── NotAVideo · NoVideoTrack · Truncated · TooLarge · UnsupportedCodec · TimedOut · NotAPicture
MakerDown     what is wrong around it: another try may help
ShelfDown     the same, of the storage
LiveNotReady  a broadcast has no footage yet: another try will help
"""

from typing import Final

from kit.errors import Invalid, NotFound, Unavailable


class PreviewNotFound(NotFound):
    code = "preview-not-found"
    sentence = "There is no preview of {subject} {subject_id}."


class MediaRefused(Invalid):
    """Base of the typed failures; fact `detail` says what was seen, for creator and staff."""


class NotAVideo(MediaRefused):
    code = "not-a-video"
    sentence = "The file is not a video we know: {detail}."


class NoVideoTrack(MediaRefused):
    code = "no-video-track"
    sentence = "The file has no moving picture: {detail}."


class Truncated(MediaRefused):
    code = "truncated"
    sentence = "The file ends too early: {detail}."


class TooLarge(MediaRefused):
    code = "too-large"
    sentence = "The file is beyond what we take: {detail}."


class UnsupportedCodec(MediaRefused):
    code = "unsupported-codec"
    sentence = "The picture cannot be decoded: {detail}."


class TimedOut(MediaRefused):
    code = "timed-out"
    sentence = "The file took too long to work through: {detail}."


class NotAPicture(MediaRefused):
    code = "not-a-picture"
    sentence = "The file is not a picture we know: {detail}."


REFUSALS: Final[dict[str, type[MediaRefused]]] = {
    kind.code: kind
    for kind in (
        *(NotAVideo, NoVideoTrack, Truncated, TooLarge, UnsupportedCodec, TimedOut),
        NotAPicture,
    )
}


class MakerDown(Unavailable):
    code = "preview-maker-down"
    sentence = "Previews could not be made: {detail}."


class ShelfDown(Unavailable):
    code = "preview-storage-down"
    sentence = "The storage of {name} does not answer: {detail}."


class LiveNotReady(Unavailable):
    code = "live-not-ready"
    sentence = "Broadcast {broadcast_id} has no footage yet."
