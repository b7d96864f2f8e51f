"""Signed webhooks: HMAC-SHA256 over the moment and the body, as Stripe and GitHub do it."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

HEADER: Final = "X-Showrunner-Signature"
TOLERANCE_S: Final = 300
MAX_DIGITS: Final = 12


def sign(secret: str, body: bytes, now: int) -> str:
    """Return the header value `t=<unix seconds>,v1=<hex>` for a body."""
    return f"t={now},v1={_digest(secret, body, now)}"


def is_signed(secret: str, body: bytes, header: str, now: int) -> bool:
    """Check a header value: right secret, and made within TOLERANCE_S of now."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    made = parts.get("t", "")
    if not (made.isdecimal() and len(made) <= MAX_DIGITS) or abs(now - int(made)) > TOLERANCE_S:
        return False
    # as bytes: compare_digest refuses text that is no ASCII, and anybody may send some
    wanted = _digest(secret, body, int(made)).encode()
    return hmac.compare_digest(wanted, parts.get("v1", "").encode())


def _digest(secret: str, body: bytes, moment: int) -> str:
    signed = str(moment).encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
