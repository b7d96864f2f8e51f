"""The wire form of an event, written and read here only: JSON with id, key, at and data."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from kit.letters import Code

# An event says what happened to which ids; what is larger than this carries a document.
MAX_BYTES: Final = 256 * 1024
# What AMQP allows a routing key and a message id (0-9-1, short string).
MAX_NAME_BYTES: Final = 255


class Unfit(ValueError):
    """What no later try will make an event of; `code` says why in a letter."""

    def __init__(self, code: Code, reason: str) -> None:
        self.code = code
        super().__init__(reason)


def encode(envelope: object) -> bytes:
    """Return what is published for an element of an outbox.

    Raises:
        Unfit: it has no id or key, is no JSON, or is larger than MAX_BYTES.

    """
    if not isinstance(envelope, dict):
        raise Unfit(Code.UNREADABLE, f"An event is an object, not {type(envelope).__name__}.")
    for name in ("id", "key"):
        _require_name(envelope, name)
    try:
        body = json.dumps(envelope, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as failure:
        raise Unfit(Code.UNREADABLE, f"It cannot be written as JSON: {failure}.") from failure
    if len(body) > MAX_BYTES:
        raise Unfit(Code.TOO_LARGE, f"It has {len(body)} bytes; {MAX_BYTES} are allowed.")
    return body


def decode(body: bytes) -> dict[str, Any]:
    """Return the envelope a message carries; of any size, with whatever a newer release added.

    Raises:
        Unfit: it is no JSON, or lacks what every release writes.

    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as failure:
        raise Unfit(Code.UNREADABLE, f"It is no JSON: {failure}.") from failure
    if not isinstance(found, dict):
        raise Unfit(Code.UNREADABLE, f"An event is an object, not {type(found).__name__}.")
    for name in ("id", "key"):
        _require_name(found, name)
    if not isinstance(found.get("data"), dict):
        raise Unfit(Code.UNREADABLE, "It has no object under `data`.")
    _require_moment(found.get("at"))
    return found


def _require_name(envelope: dict[str, Any], name: str) -> None:
    value = envelope.get(name)
    if not isinstance(value, str) or not 0 < len(value.encode()) <= MAX_NAME_BYTES:
        raise Unfit(Code.UNREADABLE, f"Its `{name}` is no text of 1 to {MAX_NAME_BYTES} bytes.")


def _require_moment(value: object) -> None:
    try:
        datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as failure:
        raise Unfit(Code.UNREADABLE, "Its `at` is no ISO 8601 moment.") from failure
