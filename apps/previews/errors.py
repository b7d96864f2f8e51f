"""Everything the previews context can refuse, and why.

MediaRefused  what is wrong with the file itself: another try cannot mend it
├── NotAVideo · NoVideoTrack · Truncated · TooLarge · UnsupportedCodec · TimedOut · NotAPicture
├── CutBeyondEnd · TextNotWritable, of what is to be shared
MakerDown     what is wrong around it: another try may help
ShelfDown     the same, of the storage
LiveNotReady  a broadcast has no footage yet: another try will help
JobHeld       a set is being made elsewhere: another try finds it done, or its maker dead
JobOvertaken  it was cancelled or begun anew meanwhile: what was made is not wanted
"""

from typing import Final

from kit.errors import Conflict, Invalid, NotFound, Unavailable


class PreviewNotFound(NotFound):
    code = "preview-not-found"
    sentence = "There is no preview of {subject} {subject_id}."


class CandidateNotFound(NotFound):
    code = "candidate-not-found"
    sentence = "{candidate} is none of the pictures to choose from; they may have been made anew."


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


class CutBeyondEnd(MediaRefused):
    code = "cut-beyond-end"
    sentence = "There is nothing to share there: {detail}."


class TextNotWritable(MediaRefused):
    code = "text-not-writable"
    sentence = "A text cannot be written on the clip: {detail}."


REFUSALS: Final[dict[str, type[MediaRefused]]] = {
    kind.code: kind
    for kind in (
        *(NotAVideo, NoVideoTrack, Truncated, TooLarge, UnsupportedCodec, TimedOut),
        *(NotAPicture, CutBeyondEnd, TextNotWritable),
    )
}


class NothingToCancel(Conflict):
    code = "nothing-to-cancel"
    sentence = "No preview of {subject} {subject_id} is being made."


class AlreadyInWork(Conflict):
    code = "preview-already-in-work"
    sentence = "The preview of {subject} {subject_id} is being made already."


class MadeJustNow(Conflict):
    code = "preview-made-just-now"
    sentence = "The preview of {subject} {subject_id} can be made anew in {retry_after_s} seconds."


class TooManyInWork(Conflict):
    code = "too-many-previews-in-work"
    sentence = "At most {most} previews can be made anew at once."


class ShareNotFound(NotFound):
    code = "share-not-found"
    sentence = "There is no shared clip {share_id}."


class BadCut(Invalid):
    code = "bad-cut"
    sentence = "A shared clip takes {least} to {most} seconds of the recording."


class NothingToStop(Conflict):
    code = "share-not-in-work"
    sentence = "Shared clip {share_id} is not being made."


class TooManyShares(Conflict):
    code = "too-many-shares"
    sentence = "At most {most} clips can be composed {when}."


class JobOvertaken(Conflict):
    code = "preview-job-overtaken"
    sentence = "The preview of {subject_id} was cancelled, or is made by somebody else by now."


class JobHeld(Unavailable):
    code = "preview-job-held"
    sentence = "The preview of {subject_id} is being made elsewhere."


class MakerDown(Unavailable):
    code = "preview-maker-down"
    sentence = "Previews could not be made: {detail}."


class ShelfDown(Unavailable):
    code = "preview-storage-down"
    sentence = "The storage of {name} does not answer: {detail}."


class LiveNotReady(Unavailable):
    code = "live-not-ready"
    sentence = "Broadcast {broadcast_id} has no footage yet."
