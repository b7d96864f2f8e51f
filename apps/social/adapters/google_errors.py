"""What Google's refusals mean to us (developers.google.com/youtube/v3/docs/errors)."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httplib2
from google.auth.exceptions import TransportError
from googleapiclient.errors import HttpError

from apps.social.errors import (
    AccessExpired,
    ChannelLimitReached,
    GrantLost,
    QuotaSpent,
    SessionGone,
    VideoRefused,
    YouTubeDown,
)
from kit.errors import DomainError

PASSES: Final = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "backendError",
        "internalError",
        "SERVICE_UNAVAILABLE",  # also seen with 403, so the reason decides, not the status
        "accessNotConfigured",  # the operator forgot to enable the API: no creator's fault
    }
)
QUOTA: Final = frozenset({"quotaExceeded", "dailyLimitExceeded"})
NO_CONSENT: Final = frozenset(
    {"forbidden", "insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
)
NO_CHANNEL: Final = frozenset({"youtubeSignupRequired", "NoLinkedYouTubeAccount"})
_SLOW_DOWN: Final = frozenset({408, 429})
_NO_SESSION: Final = frozenset({404, 410})
_UNAUTHORIZED: Final = 401
_SERVER_FAULT: Final = 500

# httplib2 lets all of these through: its own, the socket's, TLS's and http.client's.
NETWORK: Final = (
    httplib2.error.HttpLib2Error,
    http.client.HTTPException,
    OSError,
    TransportError,
)


@contextmanager
def translated(*, is_session: bool = False) -> Iterator[None]:
    """Let only errors of ours out.

    Args:
        is_session: the call goes to an upload session, where 404 and 410 mean it is gone.

    """
    try:
        yield
    except HttpError as refused:
        raise meaning(refused.resp.status, refused.content, is_session=is_session) from None
    except NETWORK as broken:
        raise YouTubeDown(why=type(broken).__name__) from None


def meaning(status: int, content: bytes, *, is_session: bool = False) -> DomainError:
    """Return the error of ours that an answer stands for: by status and by reason."""
    reason = _reason(content)
    if status >= _SERVER_FAULT or status in _SLOW_DOWN or reason in PASSES:
        return YouTubeDown(why=f"{status} {reason}".strip())
    if is_session and status in _NO_SESSION:
        return SessionGone()
    return _refusal(status, reason)


def _refusal(status: int, reason: str) -> DomainError:
    if reason in QUOTA:
        return QuotaSpent()
    if reason == "uploadLimitExceeded":
        return ChannelLimitReached()
    if reason in NO_CONSENT:
        return GrantLost(why=reason)
    if status == _UNAUTHORIZED and reason not in NO_CHANNEL:
        return AccessExpired()
    return VideoRefused(reason=reason or f"http-{status}")


def _reason(content: bytes) -> str:
    """Return `error.errors[0].reason`, or the status word where there is none."""
    try:
        error: Any = json.loads(content)["error"]
        listed = error.get("errors") or [{}]
        return str(listed[0].get("reason") or error.get("status") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
