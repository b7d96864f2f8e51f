"""APNs' error document: a reason, and for a dead token the moment it was confirmed dead."""

from __future__ import annotations

from sandbox.refusals import Refusal


def apns_error(status: int, reason: str, timestamp_ms: int | None = None) -> Refusal:
    """`{"reason": ...}`, with `timestamp` (ms since the epoch) on a 410."""
    body: dict[str, object] = {"reason": reason}
    if timestamp_ms is not None:
        body["timestamp"] = timestamp_ms
    return Refusal(status, reason, body)


def unknown(status: int, path: str) -> Refusal:
    """No such path, no such method, or no token in the path."""
    if path.rstrip("/") == "/3/device":
        return apns_error(400, "MissingDeviceToken")
    if status == 405:  # noqa: PLR2004 - HTTP's own number
        return apns_error(405, "MethodNotAllowed")
    return apns_error(404, "BadPath")
