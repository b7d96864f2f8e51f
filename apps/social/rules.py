"""Pure decisions of the social context."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

PRIVACIES: Final = ("private", "unlisted", "public")  # strictest first
SENDABLE_STATES: Final = ("queued", "starting", "uploading", "waiting_quota")
OVER_STATES: Final = ("failed", "cancelled")

MAX_TITLE_CHARS: Final = 100
MAX_DESCRIPTION_BYTES: Final = 5000
CHUNK_UNIT: Final = 262_144  # YouTube takes multiples of 256 KiB, except at the end
CHUNK_BYTES: Final = 8 * 1024 * 1024

# videos.insert has a bucket of its own since June 2026 (developers.google.com/youtube/v3).
UPLOADS_A_DAY: Final = 100
CHANNEL_LIMIT_WAIT: Final = timedelta(hours=24)
MAX_CHANNEL_WAITS: Final = 3
MAX_SESSIONS: Final = 5
MAX_FAILURES: Final = 200

CONSENT_LIVES: Final = timedelta(minutes=10)
REFRESH_BEFORE: Final = timedelta(minutes=5)
# A worker renews its lease with every chunk; one that died is followed by another after this.
LEASE: Final = timedelta(seconds=60)
# A task hands over to a new one well before Celery's soft time limit.
TIME_SLICE: Final = timedelta(minutes=4)
# Celery's own retries last about ten minutes; the reconciler steps in after them.
AFTER_RETRIES: Final = timedelta(minutes=15)
# How long a queued task may take to begin before the reconciler queues another.
QUEUE_GRACE: Final = timedelta(minutes=2)

FIRST_POLL_AFTER: Final = timedelta(seconds=5)
SLOWEST_POLL: Final = timedelta(minutes=5)
GIVE_UP_AFTER: Final = timedelta(hours=24)
# A video just uploaded may be missing from lists for a moment.
MISSING_GRACE: Final = timedelta(minutes=10)
POLL_BATCH: Final = 50

_PACIFIC: Final = ZoneInfo("America/Los_Angeles")
_VIDEO_ID: Final = re.compile(r"[A-Za-z0-9_-]{11}")


def quota_day(now: datetime) -> str:
    """Return the date on which YouTube counts this moment: it resets at midnight Pacific."""
    return now.astimezone(_PACIFIC).date().isoformat()


def next_quota_day(now: datetime) -> datetime:
    """Return when the quota is full again, in UTC; the day before may have 23 or 25 hours."""
    tomorrow = now.astimezone(_PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=_PACIFIC).astimezone(UTC)


def video_title(title: str) -> str:
    """Return a title YouTube takes: 1 to 100 characters, none of them < or >."""
    plain = " ".join(title.replace("<", " ").replace(">", " ").split())
    return plain[:MAX_TITLE_CHARS].strip() or "Live recording"


def is_video_title(title: str) -> bool:
    return bool(title.strip()) and len(title) <= MAX_TITLE_CHARS and not set("<>") & set(title)


def is_video_description(text: str) -> bool:
    return len(text.encode()) <= MAX_DESCRIPTION_BYTES and not set("<>") & set(text)


def automatic_privacy(visibility: str, wished: str) -> str:
    """Return who may see a video nobody decided about: never more people than the broadcast.

    YouTube knows no followers-only, so such a recording stays private.
    """
    widest = {"public": "public", "unlisted": "unlisted"}.get(visibility, "private")
    return min(widest, wished, key=PRIVACIES.index)


def percent(offset: int, size_bytes: int) -> int:
    return 0 if size_bytes <= 0 else min(100, offset * 100 // size_bytes)


def poll_after(waited: timedelta) -> timedelta:
    """Return how long to wait for the next look: as long as so far, 5 s to 5 min."""
    return max(FIRST_POLL_AFTER, min(waited, SLOWEST_POLL))


def is_video_id(text: str) -> bool:
    return _VIDEO_ID.fullmatch(text) is not None


def watch_url(video_id: str) -> str:
    return f"https://www.youtube.com/watch?v={video_id}" if video_id else ""


def embed_url(video_id: str) -> str:
    return f"https://www.youtube.com/embed/{video_id}?playsinline=1" if video_id else ""


def player_url(video_id: str, public_url: str) -> str:
    """Return what our player page embeds; without our origin the player answers error 153."""
    origin = urlencode({"origin": public_url, "widget_referrer": public_url})
    return f"{embed_url(video_id)}&enablejsapi=1&rel=0&{origin}"


def reason_code(reason: str) -> str:
    """Return a provider's word as a code of ours: uploadLimitExceeded, upload-limit-exceeded."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", reason)
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "unknown"
