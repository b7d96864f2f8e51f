"""Signed webhooks: HMAC-SHA256 over the moment and the body, as Stripe and GitHub do it."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

HEADER: Final = "X-Showrunner-Signature"
TOLERANCE_S: Final = 300


def sign(secret: str, body: bytes, now: int) -> str:
    """Return the header value `t=<unix seconds>,v1=<hex>` for a body."""
    return f"t={now},v1={_digest(secret, body, now)}"


def is_signed(secret: str, body: bytes, header: str, now: int) -> bool:
    """Check a header value: right secret, and made within TOLERANCE_S of now."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    made = parts.get("t", "")
    if not made.isdecimal() or abs(now - int(made)) > TOLERANCE_S:
        return False
    return hmac.compare_digest(_digest(secret, body, int(made)), parts.get("v1", ""))


def _digest(secret: str, body: bytes, moment: int) -> str:
    signed = str(moment).encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
