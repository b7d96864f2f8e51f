"""What FCM demands of a message beyond the shape the discovery document gives it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.fcm.errors import bad_message, fcm_error

MAX_BYTES = 4096
MAX_TOPIC_BYTES = 2048
MAX_TTL_S = 2_419_200  # four weeks
TARGETS = ("fid", "token", "topic", "condition")

_TOKEN = re.compile(r"[A-Za-z0-9_:-]{100,}")
_FID = re.compile(r"[cdef][A-Za-z0-9_-]{21}")
_TOPIC = re.compile(r"[A-Za-z0-9-_.~%]{1,900}")
_LABEL = re.compile(r"[A-Za-z0-9-_.~%]{1,50}")
_TTL = re.compile(r"(\d+)(\.\d{1,9})?s")
_RESERVED = re.compile(r"from|message_type|google\..*|gcm\.notification\..*|google|gcm")

Json = Mapping[str, Any]


def target_of(message: Json) -> tuple[str, str]:
    """The one target of a message: its field's name and its value.

    Raises:
        Refusal: none or several targets, or one that cannot be an address.

    """
    named = [name for name in TARGETS if message.get(name)]
    if len(named) != 1:
        raise bad_message("message", "Exactly one of fid, token, topic or condition is needed.")
    name, value = named[0], str(message[named[0]])
    looks: dict[str, Callable[[str], bool]] = {
        "token": lambda text: bool(_TOKEN.fullmatch(text) or _FID.fullmatch(text)),
        "fid": lambda text: bool(_FID.fullmatch(text)),
    }
    if name in looks and not looks[name](value):
        raise fcm_error("INVALID_ARGUMENT")
    if name == "topic" and not _TOPIC.fullmatch(value):
        raise bad_message("message.topic", "Malformed topic name.")
    return name, value


def check_message(message: Json) -> None:
    """Judge a message of the right shape.

    Raises:
        Refusal: 400 INVALID_ARGUMENT naming the field.

    """
    if "name" in message:
        raise bad_message("message.name", "Output only.")
    android = message.get("android", {})
    if "android" in message and "androidV2" in message:
        raise bad_message("message.androidV2", "Mutually exclusive with android.")
    for field, data in (
        ("message.data", message.get("data", {})),
        ("message.android.data", android.get("data", {})),
    ):
        _check_data(field, data)
    _check_ttl("message.android.ttl", android.get("ttl"))
    _check_ttl("message.androidV2.ttl", message.get("androidV2", {}).get("ttl"))
    _check_labels(message)
    _check_apns(message.get("apns", {}))
    _check_size(message)


def _check_data(field: str, data: Json) -> None:
    for key in data:
        if _RESERVED.fullmatch(key):
            raise bad_message(field, f"Invalid data payload key: {key}")


def _check_ttl(field: str, ttl: str | None) -> None:
    if ttl is None:
        return
    match = _TTL.fullmatch(ttl)
    if match is None or int(match[1]) > MAX_TTL_S:
        raise bad_message(field, "Must be between 0s and 2419200s.")


def _check_labels(message: Json) -> None:
    holders = {"message": message, "message.android": message.get("android", {})}
    for field, holder in holders.items():
        label = holder.get("fcmOptions", {}).get("analyticsLabel")
        if label is not None and not _LABEL.fullmatch(label):
            raise bad_message(f"{field}.fcm_options.analytics_label", "Malformed label.")


def _check_apns(apns: Json) -> None:
    headers = apns.get("headers", {})
    if headers.get("apns-priority", "10") not in {"1", "5", "10"}:
        raise bad_message("message.apns.headers", "Invalid apns-priority.")
    if not headers.get("apns-expiration", "0").isdigit():
        raise bad_message("message.apns.headers", "Invalid apns-expiration.")
    if len(headers.get("apns-collapse-id", "").encode()) > 64:  # noqa: PLR2004 - Apple's limit
        raise bad_message("message.apns.headers", "Invalid apns-collapse-id.")


def _check_size(message: Json) -> None:
    """4,096 bytes per platform (2,048 to topics): what the device gets, options aside."""
    shared = {"data": message.get("data", {}), "notification": message.get("notification", {})}
    android, apns = message.get("android", {}), message.get("apns", {})
    platforms = {
        "Android": {key: android[key] for key in ("data", "notification") if key in android},
        "APNs": apns.get("payload", {}),
        "Web": message.get("webpush", {}),
    }
    limit = MAX_TOPIC_BYTES if "topic" in message or "condition" in message else MAX_BYTES
    for platform, own in platforms.items():
        size = len(json.dumps([shared, own], ensure_ascii=False, separators=(",", ":")).encode())
        if size > limit:
            raise bad_message("message", f"{platform} message is too big")
