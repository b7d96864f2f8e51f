"""What the verdicts of a batch do to the addresses they were about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from apps.notifications.contracts import Outcome, Verdict
from apps.notifications.documents import Device
from apps.notifications.queries import Target
from apps.notifications.rules import sending
from apps.notifications.rules.sending import Fate

log = structlog.get_logger()

Change = tuple[str, str, datetime, Mapping[str, Any]]


def bury(
    batch: Sequence[Target], outcomes: Sequence[Outcome], *, now: datetime
) -> dict[str, Fate]:
    """Switch dead addresses off and doubt suspicious ones; return whose send this ended.

    An address that was presented again after a provider called it dead stays as it is.
    """
    pairs = list(zip(batch, outcomes, strict=True))
    Device.objects.change_unless_registered_since(
        change for target, outcome in pairs for change in _changes(target, outcome, outcomes, now)
    )
    _complain(outcomes)
    return {
        target.id: Fate.DEAD
        for target, outcome in pairs
        if outcome.verdict is Verdict.WRONG_ENV and target.env_refused
    }


def _changes(
    target: Target, outcome: Outcome, outcomes: Sequence[Outcome], now: datetime
) -> Iterator[Change]:
    if outcome.verdict is Verdict.DEAD:
        yield _off(target, outcome, outcome.dead_at or now)
    elif outcome.verdict is Verdict.WRONG_ENV:
        yield _off(target, outcome, now) if target.env_refused else _other_env(target, now)
    elif outcome.verdict is Verdict.WRONG_APP and sending.drops_wrong_app(outcomes):
        yield _off(target, outcome, now)
    elif outcome.verdict is Verdict.SUSPECT and sending.is_accepted_elsewhere(outcomes):
        # The same message went through for others, so it is the address that is odd.
        if sending.is_suspect_for_good(target.suspected_at, now):
            yield _off(target, outcome, now)
        elif not sending.is_suspected(target.suspected_at):
            yield target.id, target.address, now, {"suspected_at": now}


def _off(target: Target, outcome: Outcome, dead_at: datetime) -> Change:
    changed = {"state": "invalid", "invalid_reason": outcome.reason, "invalid_at": dead_at}
    return target.id, target.address, dead_at, changed


def _other_env(target: Target, now: datetime) -> Change:
    other = "sandbox" if target.env == "production" else "production"
    return target.id, target.address, now, {"env": other, "env_refused": target.env}


def _complain(outcomes: Sequence[Outcome]) -> None:
    """Tell the operators what no phone can be blamed for."""
    for verdict in (Verdict.CREDENTIALS, Verdict.BUG, Verdict.WRONG_APP):
        reasons = [outcome.reason for outcome in outcomes if outcome.verdict is verdict]
        if reasons:
            log.error("push refused", verdict=verdict, reason=reasons[0], pushes=len(reasons))
