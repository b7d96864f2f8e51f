"""Everything the notifications context can refuse, and why."""

from kit.errors import Invalid, NotFound, Unavailable


class MalformedToken(Invalid):
    """Fact `rule` says which rule of the provider the address breaks."""

    code = "malformed-token"
    sentence = "This is no {kind}: {rule}."


class MalformedInstallation(Invalid):
    code = "malformed-installation"
    sentence = "An installation id is a UUID."


class WrongProvider(Invalid):
    code = "wrong-provider"
    sentence = "A device with {platform} cannot be reached by {kind}."


class UnknownNoticeType(Invalid):
    code = "unknown-notice-type"
    sentence = "There is no notice type {type}."


class UnknownTimeZone(Invalid):
    code = "unknown-time-zone"
    sentence = "There is no time zone {tz}."


class EmptyQuietHours(Invalid):
    code = "empty-quiet-hours"
    sentence = "Quiet hours that start when they end are none."


class DeviceNotFound(NotFound):
    """Also said of somebody else's device, which must look the same."""

    code = "device-not-found"
    sentence = "There is no device {installation_id}."


class NoticeNotFound(NotFound):
    """Also said of a notice to somebody else, which must look the same."""

    code = "notice-not-found"
    sentence = "There is no notice {notice_id}."


class ChunkNotFound(NotFound):
    code = "chunk-not-found"
    sentence = "There is no chunk {chunk_id}."


class ChunkBusy(Unavailable):
    """Another worker holds its lease, or its next try is not due before `retry_after_s`."""

    code = "chunk-busy"
    sentence = "Chunk {chunk_id} is not to be sent now."


class PushesLeft(Unavailable):
    code = "pushes-left"
    sentence = "{left} pushes of chunk {chunk_id} wait for another try."


class ShelfDown(Unavailable):
    code = "shelf-down"
    sentence = "The shelf of provider tokens does not answer: {why}."
