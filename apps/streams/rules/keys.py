"""What is stored of a stream key."""

from __future__ import annotations

import hashlib
import hmac


def key_digest(key: str, *, pepper: str) -> str:
    """Return what is stored of a stream key: HMAC-SHA256, so a stolen database opens nothing."""
    return hmac.new(pepper.encode(), key.encode(), hashlib.sha256).hexdigest()
