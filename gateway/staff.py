"""What staff see first: who is live, what waits for them, what waits in the queues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from django.http import HttpRequest
from django.urls import reverse
from pymongo.errors import ConnectionFailure

from apps.moderation import public as moderation
from apps.streams import public as streams
from kit import broker
from kit.broker import QueueDepth
from kit.errors import DomainError

log = structlog.get_logger()

MOST_CASES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its desk; `value` is None where its store does not answer."""

    title: str
    value: str | None
    link: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue with its dead letters."""

    name: str
    ready: int
    dead: int


def index(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the dashboard (Unfold's DASHBOARD_CALLBACK); a store that is away is said to be."""
    try:
        queues: list[QueueRow] | None = pair(broker.depths())
    except DomainError as down:
        log.warning("broker away", error=str(down))
        queues = None
    return {**context, "title": "Overview", "figures": _figures(request), "queues": queues}


def pair(depths: Sequence[QueueDepth]) -> list[QueueRow]:
    """Put each queue and the dead letters of it on one row, in the order they came."""
    ready = {depth.name: depth.ready for depth in depths}
    dead_names = {broker.dead_queue(name) for name in ready}
    return [
        QueueRow(name, count, ready.get(broker.dead_queue(name), 0))
        for name, count in ready.items()
        if name not in dead_names
    ]


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
