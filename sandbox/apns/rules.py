"""What APNs demands of a request's headers and payload, each breach with Apple's reason.

Table: https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers

from sandbox.apns.reasons import apns_error

MAX_BYTES = 4096
MAX_VOIP_BYTES = 5120
MAX_COLLAPSE_BYTES = 64

# apns-push-type → what follows the bundle id in apns-topic
TOPIC_SUFFIX: Mapping[str, str] = {
    "alert": "",
    "background": "",
    "voip": ".voip",
    "complication": ".complication",
    "fileprovider": ".pushkit.fileprovider",
    "location": ".location-query",
    "liveactivity": ".push-type.liveactivity",
    "pushtotalk": ".voip-ptt",
    "widgets": ".push-type.widgets",
    "controls": ".push-type.controls",
}
KNOWN = frozenset(
    [
        "apns-id",
        "apns-topic",
        "apns-push-type",
        "apns-priority",
        "apns-expiration",
        "apns-collapse-id",
    ]
)
# Apple is silent about headers it does not know; a typo should not be.
UNKNOWN_HEADER = "SandboxUnknownHeader"

_DEVICE = re.compile(r"(?:[0-9A-Fa-f]{2}){32,100}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def check_device(token: str) -> None:
    if not _DEVICE.fullmatch(token):
        raise apns_error(400, "BadDeviceToken")


def check_headers(headers: Headers, bundle_id: str) -> None:
    """Judge the apns-* headers of one request.

    Raises:
        Refusal: 400 with the reason of the first breach.

    """
    ours = [name for name in headers if name.startswith("apns-")]
    if len(ours) != len(set(ours)):
        raise apns_error(400, "DuplicateHeaders")
    if not set(ours) <= KNOWN:
        raise apns_error(400, UNKNOWN_HEADER)
    if not _UUID.fullmatch(headers.get("apns-id", "00000000-0000-0000-0000-000000000000")):
        raise apns_error(400, "BadMessageId")
    _check_topic(headers, bundle_id)
    _check_priority(headers)
    if not headers.get("apns-expiration", "0").isdigit():
        raise apns_error(400, "BadExpirationDate")
    collapse = headers.get("apns-collapse-id")
    if collapse is not None and not 0 < len(collapse.encode("latin-1")) <= MAX_COLLAPSE_BYTES:
        raise apns_error(400, "BadCollapseId")


def _check_topic(headers: Headers, bundle_id: str) -> None:
    topic = headers.get("apns-topic")
    if not topic:
        raise apns_error(400, "MissingTopic")
    kind = headers.get("apns-push-type", "")
    if kind not in TOPIC_SUFFIX:
        raise apns_error(400, "InvalidPushType")
    if topic != bundle_id + TOPIC_SUFFIX[kind]:
        raise apns_error(400, "TopicDisallowed")


def _check_priority(headers: Headers) -> None:
    """10 when absent; a background push must say 5."""
    priority = headers.get("apns-priority", "10")
    quiet = headers["apns-push-type"] == "background"
    if priority not in {"1", "5", "10"} or (quiet and priority != "5"):
        raise apns_error(400, "BadPriority")


def check_payload(body: bytes, push_type: str) -> dict[str, Any]:
    """The payload, parsed: a JSON object that has an `aps` object.

    Raises:
        Refusal: 400 PayloadEmpty (Apple names no reason for broken JSON), 413 PayloadTooLarge.

    """
    if len(body) > (MAX_VOIP_BYTES if push_type == "voip" else MAX_BYTES):
        raise apns_error(413, "PayloadTooLarge")
    try:
        payload = json.loads(body)
    except ValueError as bad:
        raise apns_error(400, "PayloadEmpty") from bad
    if not isinstance(payload, dict) or not isinstance(payload.get("aps"), dict):
        raise apns_error(400, "PayloadEmpty")
    return payload
