"""What a channel's settings say of a broadcast that its encoder opens."""

from __future__ import annotations

from datetime import datetime
from typing import Final

DEFAULT_TITLE: Final = "Live on {date}"
TITLE_CHARS: Final = 140
MAX_KEYS: Final = 20


def title_of(template: str, *, now: datetime) -> str:
    """Fill a title template; `{date}` becomes the day in UTC, anything else stays as it is."""
    return template.replace("{date}", now.date().isoformat())[:TITLE_CHARS]
