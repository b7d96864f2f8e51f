"""What staff see first, with the queues (Unfold's DASHBOARD_CALLBACK)."""

from __future__ import annotations

from typing import Any

import structlog

from gateway import staff
from kit.errors import DomainError
from workers.queues import public as queues
from workers.queues.contracts import QueueRow

log = structlog.get_logger()


def index(request: Any, context: dict[str, Any]) -> dict[str, Any]:
    """Add the dashboard; a store that is away is said to be."""
    return {**staff.index(request, context), "queues": _queues()}


def _queues() -> list[QueueRow] | None:
    try:
        return queues.look().rows
    except DomainError as down:
        log.warning("broker away", error=str(down))
        return None
