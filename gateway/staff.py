"""What staff see first: who is live, what waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import structlog
from django.http import HttpRequest
from django.urls import reverse
from pymongo.errors import ConnectionFailure

from apps.moderation import public as moderation
from apps.streams import public as streams

log = structlog.get_logger()

MOST_CASES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its desk; `value` is None where its store does not answer."""

    title: str
    value: str | None
    link: str


def index(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the figures of the dashboard; a store that is away is said to be."""
    return {**context, "title": "Overview", "figures": _figures(request)}


def _figures(request: HttpRequest) -> list[Figure]:
    wanted = (
        (
            "streams.view_broadcastdesk",
            "Live now",
            _live,
            "admin:streams_broadcastdesk_changelist",
        ),
        ("moderation.view_casedesk", "Open cases", _cases, "admin:moderation_casedesk_changelist"),
    )
    allowed = [row[1:] for row in wanted if request.user.has_perm(row[0])]
    try:
        return [Figure(title, count(), reverse(link)) for title, count, link in allowed]
    except ConnectionFailure as down:  # asked once: every further question waits as long
        log.warning("documents away", error=str(down)[:200])
        return [Figure(title, None, reverse(link)) for title, _count, link in allowed]


def _live() -> str:
    return str(len(streams.list_live_ids()))


def _cases() -> str:
    found = moderation.count_open_cases(most=MOST_CASES)
    return f"{found}+" if found == MOST_CASES else str(found)
