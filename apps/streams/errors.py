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


class BadTarget(Invalid):
    code = "bad-target"
    sentence = "A target is rtmp(s)://host/application on the open Internet."


class TooManyTargets(Conflict):
    code = "too-many-targets"
    sentence = "Broadcast {broadcast_id} has {limit} targets already."


class TargetNotFound(NotFound):
    code = "target-not-found"
    sentence = "There is no target {target_id}."
