"""The task every task of ours is: typed, tolerant, retried within bounds, never lost in silence.

A task takes keyword arguments of plain types and runs at least once. What may pass is tried again
by the table `RETRIES`; what does not pass ends as a dead letter (`kit.task_requests`).
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from celery import Task as CeleryTask
from celery.exceptions import Reject, Retry
from kombu.exceptions import OperationalError as BrokerDown
from pymongo.errors import ConnectionFailure as DocumentsDown
from redis.exceptions import ConnectionError as StateDown
from redis.exceptions import TimeoutError as StateSlow
from typing_extensions import override

from kit import broker, causes, task_arguments
from kit.errors import Unavailable

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Bound:
    """How often a failure is tried again, and the first and the longest pause (seconds)."""

    times: int
    first_s: float
    longest_s: float


# About ten minutes in all. What is left then is found by the reconciler of its context.
PASSING: Final = Bound(times=8, first_s=1, longest_s=300)
RETRIES: Final[Mapping[type[Exception], Bound]] = {
    Unavailable: PASSING,
    DocumentsDown: PASSING,
    StateDown: PASSING,
    StateSlow: PASSING,
    BrokerDown: PASSING,
}
# A longer wait that a provider asked for is made of several, each far from the broker's limits.
LONGEST_WAIT_S: Final = 900
# Pauses while a broker takes nothing; then it gets the message back, which counts as a delivery.
BLOCKED_S: Final = (1, 2, 4, 8, 16)


class Task(CeleryTask[Any, Any]):
    """Base of every task (`task_cls` of `workers.app`)."""

    Request = "kit.task_requests:Request"
    is_urgent = False

    @override
    def __call__(self, *args: Any, **given: Any) -> Any:
        """Run with the arguments this release knows; what may pass is queued again.

        Raises:
            BadArguments: one is missing or of another type; no later try would mend that.
            Retry: the broker has the next try.

        """
        known = task_arguments.wanted(self.run).pick(self.name, given)
        request = self.request
        if request.called_directly:
            return self.run(*args, **known)
        moment = getattr(request, "not_before", None)
        if moment is not None:
            self._wait_until(moment)
        try:
            with causes.bind(self.idempotency_key, self._part):
                return self.run(*args, **known)
        except tuple(RETRIES) as failure:
            self.try_again(failure)
            raise

    @override
    def apply_async(  # type: ignore[override]  # the stubs list options one by one
        self,
        args: Any = None,
        kwargs: Any = None,
        task_id: str | None = None,
        **options: Any,
    ) -> Any:
        """Publish; returns once the broker confirmed it, or raises within a bounded time.

        What a subscriber or a task queues has the same id when that is handed out again.

        Raises:
            kit.broker.PayloadTooLarge: the arguments are more than ids.
            kombu.exceptions.OperationalError: the broker is away or blocked.

        """
        task_id = task_id or causes.task_id(self.name, kwargs or {})
        options.setdefault("mandatory", True)
        options.setdefault("confirm_timeout", broker.CONFIRM_S)
        if self.is_urgent and broker.is_amqp():
            options.setdefault("priority", broker.URGENT)
        return super().apply_async(args, kwargs, task_id, **options)

    @property
    def idempotency_key(self) -> str:
        """What an effect outside is known by: the same in every try and redelivery."""
        return str(self.request.id)

    @property
    def _part(self) -> str:
        """Say which part of the work this is: a slice queues its own, and each of them once."""
        return f"{self.name}/{getattr(self.request, 'slice', None) or 1}"

    def _wait_until(self, moment: object) -> None:
        """Queue the task once more if the moment a provider named is still to come."""
        wait_s = float(moment) - time.time() if isinstance(moment, int | float) else 0.0
        if wait_s >= 1:
            self._publish_later(wait_s, retries=self.request.retries)
            raise Retry(message=f"a provider asked to wait {wait_s:.0f} s")

    def try_again(self, failure: Exception) -> None:
        """Queue the next try and say so with `Retry`; return where all were had."""
        bound = next(row for kind, row in RETRIES.items() if isinstance(failure, kind))
        had = int(self.request.retries or 0)
        if had >= bound.times:
            return
        pause_s = max(_jittered_s(bound, had), _told_s(failure))
        self._publish_later(pause_s, retries=had + 1)
        raise Retry(f"again in {pause_s:.0f} s", exc=failure) from failure

    def publish_again(self, *, retries: int, headers: dict[str, Any], countdown: int = 0) -> None:
        """Publish the task that runs once more, under its id. It must not get lost here.

        Raises:
            Reject: the broker took nothing for a while; it gets this message back.

        """
        for wait_s in (*BLOCKED_S, 0):
            try:
                self.apply_async(
                    self.request.args,
                    self.request.kwargs,
                    self.request.id,
                    countdown=countdown or None,
                    retries=retries,
                    expires=self.request.expires,
                    headers={"slice": getattr(self.request, "slice", None), **headers},
                )
            except broker.AWAY as away:
                log.warning("next try waits", task=self.name, error=str(away)[:200])
                time.sleep(wait_s)
            else:
                return
        raise Reject(f"The broker took no next try of {self.name}.", requeue=True)

    def _publish_later(self, pause_s: float, *, retries: int) -> None:
        """Queue a try for later; RabbitMQ counts delays in whole seconds, from one on."""
        self.publish_again(
            retries=retries,
            headers={"not_before": time.time() + pause_s},
            countdown=max(1, min(LONGEST_WAIT_S, round(pause_s))),
        )


class UrgentTask(Task):
    """Goes before the others of its queue, where the broker knows priorities.

    Those are quorum queues from RabbitMQ 4.0 on, which tell two levels apart.
    """

    abstract = True
    is_urgent = True


def nudge(task: Any, **kwargs: object) -> bool:
    """Queue work that a reconciler would find anyway; say whether the broker took it.

    For a request that has written its state: a broker that is away must not make it fail.
    """
    try:
        task.apply_async(kwargs=kwargs, retry=False)
    except broker.AWAY as away:
        log.warning("left to the reconciler", task=task.name, error=str(away)[:200])
        return False
    return True


def _jittered_s(bound: Bound, had: int) -> float:
    """Return a random part of what doubles with every try (full jitter, AWS 2015)."""
    longest = min(bound.longest_s, bound.first_s * 2**had)
    return random.uniform(min(bound.first_s, longest), longest)  # noqa: S311 (spreads load)


def _told_s(failure: Exception) -> float:
    """Return the wait a provider asked for, in seconds; 0 where it asked for none."""
    facts = failure.facts if isinstance(failure, Unavailable) else {}
    return float(str(facts.get("retry_after_s") or 0))
