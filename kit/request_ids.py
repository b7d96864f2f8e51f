"""The id of the request that caused what is running, from the phone to the last task."""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Final

from kit.ids import new_id

HEADER: Final = "X-Request-Id"
_ACCEPTED: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """Return the id bound to this context, or an empty string outside any request."""
    return _current.get()


def bind(offered: str | None) -> str:
    """Bind the id a caller offered, or a new one where it is missing or could forge a log line."""
    accepted = offered if offered and _ACCEPTED.fullmatch(offered) else new_id()
    _current.set(accepted)
    return accepted
