"""What the answers of APNs, of FCM and of the network mean.

Sources: Apple, "Handling notification response errors from APNs"; Firebase, "FCM error codes"
and the v1 discovery document; nghttp2 and libcurl error codes. An answer nobody documented is
never an exception: a 4xx is our bug, a 5xx is worth another try.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final

from apps.notifications.contracts import Outcome, Verdict

OK: Final = 200
UNAUTHENTICATED: Final = 401
TOO_MANY: Final = 429
SERVER_ERROR: Final = 500
# How long to wait where the provider does not say (seconds).
APNS_SLOW_S: Final = 30
FCM_SLOW_S: Final = 60
MINTED_TOO_OFTEN_S: Final = 300

APNS: Final[dict[str, Verdict]] = {
    "BadDeviceToken": Verdict.WRONG_ENV,
    "DeviceTokenNotForTopic": Verdict.WRONG_APP,
    "TopicDisallowed": Verdict.CREDENTIALS,
    "IdleTimeout": Verdict.RETRY,
    "BadCertificate": Verdict.CREDENTIALS,
    "BadCertificateEnvironment": Verdict.CREDENTIALS,
    "ExpiredProviderToken": Verdict.CREDENTIALS,
    "InvalidProviderToken": Verdict.CREDENTIALS,
    "MissingProviderToken": Verdict.CREDENTIALS,
    "Forbidden": Verdict.CREDENTIALS,
    "BadEnvironmentKeyIdInToken": Verdict.CREDENTIALS,
    "BadEnvironmentKeyInToken": Verdict.CREDENTIALS,
    "UnrelatedKeyIdInToken": Verdict.CREDENTIALS,
    "Unregistered": Verdict.DEAD,
    "ExpiredToken": Verdict.DEAD,
    "TooManyRequests": Verdict.RETRY,
    "TooManyProviderTokenUpdates": Verdict.RETRY,
    "InternalServerError": Verdict.RETRY,
    "ServiceUnavailable": Verdict.RETRY,
    "Shutdown": Verdict.RETRY,
}
_APNS_WAITS: Final = {
    "TooManyRequests": APNS_SLOW_S,
    "TooManyProviderTokenUpdates": MINTED_TOO_OFTEN_S,
}
FCM: Final[dict[str, Verdict]] = {
    "UNAUTHENTICATED": Verdict.CREDENTIALS,
    "THIRD_PARTY_AUTH_ERROR": Verdict.CREDENTIALS,
    "SENDER_ID_MISMATCH": Verdict.WRONG_APP,
    "PERMISSION_DENIED": Verdict.CREDENTIALS,
    "UNREGISTERED": Verdict.DEAD,
    "QUOTA_EXCEEDED": Verdict.RETRY,
    "RESOURCE_EXHAUSTED": Verdict.RETRY,
    "INTERNAL": Verdict.RETRY,
    "UNAVAILABLE": Verdict.RETRY,
}

# libcurl: no resolver, no connection, no TLS. With these, nothing was ever sent.
_NEVER_SENT: Final = frozenset({5, 6, 7, 35, 51, 58, 60, 77})


def apns(status: int, body: bytes, retry_after_s: int = 0) -> Outcome:
    """Judge an answer of APNs."""
    if status == OK:
        return Outcome(verdict=Verdict.ACCEPTED)
    said = _json(body)
    reason = _text(said, "reason")
    wait = retry_after_s or _APNS_WAITS.get(reason, 0)
    return Outcome(
        verdict=APNS.get(reason, _undocumented(status)),
        reason=reason or f"http-{status}",
        dead_at=_moment(said.get("timestamp")),
        retry_after_s=wait or (APNS_SLOW_S if status == TOO_MANY else 0),
    )


def fcm(status: int, body: bytes, *, sent_at: datetime, retry_after_s: int = 0) -> Outcome:
    """Judge an answer of FCM v1. An address it calls unregistered was so when we sent."""
    if status == OK:
        return Outcome(verdict=Verdict.ACCEPTED)
    error = _json(body).get("error")
    error = error if isinstance(error, dict) else {}
    reason = _fcm_reason(error)
    verdict = FCM.get(reason, _undocumented(status))
    if reason == "INVALID_ARGUMENT":
        # Field violations name our mistake; without them it may be the address (facts: copying
        # peers here switches off every device a bad message was sent to).
        verdict = Verdict.BUG if _details(error, "BadRequest") else Verdict.SUSPECT
    return Outcome(
        verdict=verdict,
        reason=reason or f"http-{status}",
        dead_at=sent_at if verdict is Verdict.DEAD else None,
        retry_after_s=retry_after_s or (FCM_SLOW_S if status == TOO_MANY else 0),
    )


def lost(curl_code: int, *, has_started: bool) -> Outcome:
    """Judge a transfer that brought no answer, by libcurl's code.

    `has_started`: a request may have left. Then the provider may have acted on it.
    """
    never_sent = curl_code in _NEVER_SENT or not has_started
    verdict = Verdict.UNPROCESSED if never_sent else Verdict.UNKNOWN
    return Outcome(verdict=verdict, reason=f"curl-{curl_code}")


def _undocumented(status: int) -> Verdict:
    if status >= SERVER_ERROR or status == TOO_MANY:
        return Verdict.RETRY
    return Verdict.CREDENTIALS if status == UNAUTHENTICATED else Verdict.BUG


def _fcm_reason(error: dict[str, Any]) -> str:
    codes = [_text(detail, "errorCode") for detail in _details(error, "FcmError")]
    return next(filter(None, codes), "") or _text(error, "status")


def _details(error: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    details = error.get("details")
    return [
        detail
        for detail in (details if isinstance(details, list) else [])
        if isinstance(detail, dict) and _text(detail, "@type").endswith(f".{kind}")
    ]


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def _moment(milliseconds: object) -> datetime | None:
    if not isinstance(milliseconds, int):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None
