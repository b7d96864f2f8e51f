"""Everything the social context can refuse, and why.

The second half is what a provider says; an adapter raises it and a service decides.
"""

from kit.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class NotConnected(NotFound):
    code = "youtube-not-connected"
    sentence = "No YouTube channel is connected."


class ReconnectRequired(Conflict):
    code = "youtube-reconnect-required"
    sentence = "YouTube no longer lets us in ({state}); connect the channel again."


class ConsentExpired(Invalid):
    """Unknown, used or older than its ten minutes; the three look the same to a guesser."""

    code = "consent-expired"
    sentence = "This connection request is no longer valid. Start again in the app."


class ConsentRefused(Forbidden):
    code = "consent-refused"
    sentence = "YouTube did not connect the channel ({why})."


class ScopesMissing(Forbidden):
    code = "scopes-missing"
    sentence = "Both permissions are needed, to upload and to see your videos. Start again."


class NoChannel(Conflict):
    code = "no-channel"
    sentence = "This Google account has no YouTube channel yet. Make one, then connect again."


class UploadNotFound(NotFound):
    code = "upload-not-found"
    sentence = "There is no upload {upload_id}."


class UploadOver(Conflict):
    code = "upload-over"
    sentence = "Upload {upload_id} is {state}; there is nothing left to cancel."


class NotYourRecording(Forbidden):
    code = "not-your-recording"
    sentence = "Recording {recording_id} belongs to someone else."


class RecordingNotReady(Conflict):
    code = "recording-not-ready"
    sentence = "Recording {recording_id} is {state}, not stored."


class BadVideoId(Invalid):
    code = "bad-video-id"
    sentence = "A YouTube video id has 11 letters, digits, - or _."


class YouTubeDown(Unavailable):
    code = "youtube-down"
    sentence = "YouTube does not answer: {why}."


class AccessExpired(Forbidden):
    """The access token is no longer good; a new one may be."""

    code = "access-expired"
    sentence = "The access token is no longer good."


class GrantLost(Conflict):
    """The creator's consent is gone or too small: only the creator can give it again."""

    code = "grant-lost"
    sentence = "Google no longer accepts the creator's consent ({why})."


class QuotaSpent(Conflict):
    """The project's uploads of the day are used up, for every creator."""

    code = "quota-spent"
    sentence = "YouTube takes no more uploads from us today."


class ChannelLimitReached(Conflict):
    """YouTube's own limit on one channel."""

    code = "channel-limit-reached"
    sentence = "YouTube takes no more uploads from this channel for now."


class SessionGone(Conflict):
    """The upload session is unknown to YouTube; nothing sent to it will become a video."""

    code = "session-gone"
    sentence = "The upload session no longer exists."


class VideoRefused(Invalid):
    """A final no; `reason` is YouTube's own word for it."""

    code = "video-refused"
    sentence = "YouTube refuses the video: {reason}."


class SourceChanged(Invalid):
    """The bytes are no longer those the upload began with; a mixture would be published."""

    code = "source-changed"
    sentence = "The recording is not what it was when the upload began ({why})."


class OutcomeUnknown(Invalid):
    """The last bytes went out, the answer was lost and the session is gone.

    The video may exist. Sending again could publish it twice, so a person looks.
    """

    code = "outcome-unknown"
    sentence = "The video may already be on YouTube; look there before you send it again."
