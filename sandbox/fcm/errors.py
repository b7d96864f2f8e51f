"""FCM's error documents: google.rpc.Status with FcmError, BadRequest or both in `details`."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.google.errors import status_word
from sandbox.refusals import Refusal

_FCM = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD = "type.googleapis.com/google.rpc.BadRequest"

# errorCode → HTTP status, google.rpc.Code, message
# (https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode)
CODES: Mapping[str, tuple[int, str, str]] = {
    "INVALID_ARGUMENT": (
        400,
        "INVALID_ARGUMENT",
        "The registration token is not a valid FCM registration token",
    ),
    "UNREGISTERED": (404, "NOT_FOUND", "Requested entity was not found."),
    "SENDER_ID_MISMATCH": (403, "PERMISSION_DENIED", "SenderId mismatch"),
    "QUOTA_EXCEEDED": (429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric."),
    "UNAVAILABLE": (503, "UNAVAILABLE", "The service is currently unavailable."),
    "INTERNAL": (500, "INTERNAL", "Internal error encountered."),
    "THIRD_PARTY_AUTH_ERROR": (
        401,
        "UNAUTHENTICATED",
        "Request is missing required authentication credential for the third party service.",
    ),
}


def fcm_error(code: str, *, status: int | None = None) -> Refusal:
    """An error about the device or the service: FcmError alone in `details`."""
    usual, word, message = CODES[code]
    return _refusal(status or usual, code, word, message, [{"@type": _FCM, "errorCode": code}])


def bad_message(field: str, description: str) -> Refusal:
    """An error in our message: BadRequest.fieldViolations beside the FcmError."""
    details: list[dict[str, object]] = [
        {"@type": _FCM, "errorCode": "INVALID_ARGUMENT"},
        {
            "@type": _BAD,
            "fieldViolations": [{"field": field, "description": description}],
        },
    ]
    message = f"Invalid value at '{field}': {description}"
    return _refusal(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", message, details)


def wrong_project(project: str) -> Refusal:
    message = f"Permission denied on resource project {project}."
    info: dict[str, object] = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "CONSUMER_INVALID",
        "domain": "googleapis.com",
    }
    return _refusal(403, "PERMISSION_DENIED", "PERMISSION_DENIED", message, [info])


def unknown(status: int, path: str) -> Refusal:
    """No such path or method; FCM hides behind the same front end as every Google API."""
    message = f"The requested URL {path} was not found on this server."
    return _refusal(status, "notFound", status_word(status), message, [])


def _refusal(
    status: int, reason: str, word: str, message: str, details: list[dict[str, object]]
) -> Refusal:
    error = {"code": status, "message": message, "status": word, "details": details}
    return Refusal(status, reason, {"error": error})
