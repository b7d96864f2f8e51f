"""Secrets at rest: Fernet with rotation (cryptography.io/en/latest/fernet, MultiFernet)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, MultiFernet


class Safe:
    """Encrypts short texts for storage; the first key seals, every key opens."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return the text.

        Raises:
            InvalidToken: sealed by a key that is no longer in the list.

        """
        return self._fernet.decrypt(sealed.encode()).decode()


def keys_for(purpose: str, keys: Sequence[str]) -> list[str]:
    """Return keys of their own for one purpose, so that nothing sealed for it opens another."""
    derived = [hmac.digest(key.encode(), purpose.encode(), hashlib.sha256) for key in keys]
    return [base64.urlsafe_b64encode(key).decode() for key in derived]
