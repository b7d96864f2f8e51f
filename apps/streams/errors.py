"""Everything the streams context can refuse, and why."""

from kit.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class BroadcastNotFound(NotFound):
    """Also said of a broadcast the caller may not see, which must look the same."""

    code = "broadcast-not-found"
    sentence = "There is no broadcast {broadcast_id}."


class RecordingNotFound(NotFound):
    code = "recording-not-found"
    sentence = "There is no recording {recording_id}."


class NotYourBroadcast(Forbidden):
    code = "not-your-broadcast"
    sentence = "Broadcast {broadcast_id} belongs to someone else."


class BroadcastNotLive(Conflict):
    code = "broadcast-not-live"
    sentence = "Broadcast {broadcast_id} is {state}."


class BroadcastOver(Conflict):
    code = "broadcast-over"
    sentence = "Broadcast {broadcast_id} is over ({state})."


class WentLive(Conflict):
    code = "went-live"
    sentence = "Broadcast {broadcast_id} went live and cannot be moved to another time."


class StartsInThePast(Invalid):
    code = "starts-in-the-past"
    sentence = "A broadcast cannot start before now."


class KeyRefused(Forbidden):
    """Never tells a wrong key from a revoked one: a guesser learns nothing."""

    code = "key-refused"
    sentence = "This stream key is not valid."


class KeyNotFound(NotFound):
    code = "key-not-found"
    sentence = "There is no stream key {key_id}."


class TooManyKeys(Conflict):
    code = "too-many-keys"
    sentence = "A channel has at most {most} stream keys; revoke one first."


class LiveQuotaSpent(Forbidden):
    code = "live-quota-spent"
    sentence = "The channel has used its {minutes} live minutes of this month."


class BadMinutes(Invalid):
    code = "bad-minutes"
    sentence = "Minutes are a whole number, or nothing."


class StaleSession(Conflict):
    code = "stale-session"
    sentence = "A newer session has taken broadcast {broadcast_id} over."


class HookRefused(Forbidden):
    code = "hook-refused"
    sentence = "The hook's signature does not match."


class PlaybackRefused(Forbidden):
    code = "playback-refused"
    sentence = "This playback address is no longer valid."


class SegmentNotFound(NotFound):
    code = "segment-not-found"
    sentence = "There is no segment {name}."


class RecordingPartsMissing(Unavailable):
    code = "recording-parts-missing"
    sentence = "The engine has no finished part of broadcast {broadcast_id} yet."


class BadRecording(Invalid):
    code = "bad-recording"
    sentence = "The recording of broadcast {broadcast_id} cannot be read: {why}."


class RecordingNotStored(Conflict):
    code = "recording-not-stored"
    sentence = "Recording {recording_id} is {state}: there is nothing to cut from yet."


class RecordingHeld(Unavailable):
    code = "recording-held"
    sentence = "Recording {recording_id} is worked on elsewhere."


class NoRoom(Unavailable):
    """A disk that is full. Nothing was lost: what was to be copied is still where it was."""

    code = "no-room"
    sentence = "There is no room for {what}: {why}."


class VaultDown(Unavailable):
    code = "recording-storage-down"
    sentence = "The storage of {name} does not answer: {why}."


class EditorDown(Unavailable):
    """The work failed for a reason that is not the file's."""

    code = "editor-down"
    sentence = "Work on video did not come to its end: {why}."


class ClipNotFound(NotFound):
    code = "clip-not-found"
    sentence = "There is no clip {clip_id}."


class ClipOutOfBounds(Invalid):
    code = "clip-out-of-bounds"
    sentence = "A clip lies within the {duration_s:.1f} s there are, and begins before its end."


class ClipLength(Invalid):
    code = "clip-length"
    sentence = "A clip lasts from {least_s} to {most_s} s."


class NoFootage(Conflict):
    code = "no-footage"
    sentence = "There is no footage of broadcast {broadcast_id} to cut from yet."


class AudienceAway(Unavailable):
    """Who is present is not known for a while; no request fails of it but a broadcaster's own."""

    code = "audience-away"
    sentence = "Who watches is not known at the moment."


class BadSpan(Invalid):
    code = "bad-span"
    sentence = "The span of time is not one that can be shown: {why}."


class EngineRefused(Conflict):
    """A person must act: login, application or rights are wrong. Retrying mends nothing."""

    code = "engine-refused"
    sentence = "The media engine refuses us: {why}."


class EngineDown(Unavailable):
    code = "engine-down"
    sentence = "The media engine does not answer: {why}."


class PoolLimitReached(Unavailable):
    """The provider makes no more live streams for now."""

    code = "pool-limit-reached"
    sentence = "The media engine makes no more live streams for now: {why}."


class NoIngestFree(Unavailable):
    code = "no-ingest-free"
    sentence = "Every ingest of the media engine is taken; try again in a while."


class TooManyIngests(Conflict):
    code = "too-many-ingests"
    sentence = "End or cancel a broadcast first: {limit} may wait or be on air at once."


class BadTarget(Invalid):
    code = "bad-target"
    sentence = "A target is rtmp(s)://host/application on the open Internet."


class TooManyTargets(Conflict):
    code = "too-many-targets"
    sentence = "Broadcast {broadcast_id} has {limit} targets already."


class TargetNotFound(NotFound):
    code = "target-not-found"
    sentence = "There is no target {target_id}."


class UploadNotFound(NotFound):
    """Also said of somebody else's, and of one that was given up."""

    code = "recording-upload-not-found"
    sentence = "There is no upload {upload_id}."


class UploadTooLarge(Invalid):
    code = "upload-too-large"
    sentence = "An upload has at most {max_bytes} bytes."


class UploadQuotaSpent(Conflict):
    code = "upload-quota-spent"
    sentence = "You may upload {limit_bytes} bytes in 24 hours; this would be more."


class TooManyUploads(Conflict):
    code = "too-many-uploads"
    sentence = "Finish or cancel an upload first: {limit} may be unfinished at once."


class UploadsFull(Unavailable):
    code = "uploads-full"
    sentence = "There is no room for uploads now."


class UploadsOff(Unavailable):
    code = "uploads-off"
    sentence = "Uploads are not set up here."


class UploadOver(Conflict):
    code = "recording-upload-over"
    sentence = "Upload {upload_id} is {state}."


class UploadOffsetMoved(Conflict):
    """The phone asks where the upload is, and goes on from there."""

    code = "upload-offset-moved"
    sentence = "Upload {upload_id} is at {offset}."


class UploadLengthExceeded(Invalid):
    code = "upload-length-exceeded"
    sentence = "Upload {upload_id} has {length} bytes and no more."


class UploadBusy(Unavailable):
    code = "upload-busy"
    sentence = "Upload {upload_id} is checked elsewhere."


class UploadStorageDown(Unavailable):
    code = "upload-storage-down"
    sentence = "Upload {upload_id} cannot be kept now: {why}."


class UploadLost(NotFound):
    code = "upload-lost"
    sentence = "The bytes of upload {upload_id} are gone."


class ChecksumWrong(Invalid):
    code = "checksum-wrong"
    sentence = "What arrived of upload {upload_id} is not what was sent."


class NotAVideo(Invalid):
    """By its content; names and declared types are not looked at."""

    code = "upload-not-a-video"
    sentence = "This is no video we can play: {why}."
