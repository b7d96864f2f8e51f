"""What a worker does with the message of a task that failed: bury it, then acknowledge it.

Celery drops what exhausted its retries, and what it cannot run. Here the message goes to the dead
queue first, as it was, with the reason; if the broker does not take the letter, it keeps the
message instead.
"""

from __future__ import annotations

from typing import Any, Final

import structlog
from billiard.einfo import ExceptionWithTraceback  # type: ignore[attr-defined]  # not in the stubs
from billiard.exceptions import (
    SoftTimeLimitExceeded,
    Terminated,
    TimeLimitExceeded,
    WorkerLostError,
)
from celery.exceptions import Ignore, Reject, Retry
from celery.worker import state
from celery.worker.request import Request as CeleryRequest
from django_redis import get_redis_connection
from kombu import Message
from redis.exceptions import RedisError
from typing_extensions import override

from kit import broker, letters
from kit.letters import Code, Why
from kit.task_arguments import BadArguments
from kit.tasks import RETRIES

log = structlog.get_logger()

# Outcomes that are no failure of the task; a worker out of memory ends, and keeps the message.
NO_FAILURE: Final = (Ignore, Reject, Retry, Terminated, MemoryError)
# The child is gone: Celery hands the message out again.
LOST: Final = (WorkerLostError, SystemExit, KeyboardInterrupt)
# Redis counts no deliveries; killed children are counted beside it, for as long as this.
LOSSES_KEPT_S: Final = 24 * 3600


class Request(CeleryRequest):
    """A task's message in the worker's main process."""

    _already_cancelled: bool
    _already_revoked: bool

    @override
    def on_failure(self, exc_info: Any, *args: Any, **options: Any) -> Any:
        failure = _failure_of(exc_info)
        why = self._why(failure, exc_info)
        if why is not None and not state.should_terminate:
            self._bury(why)
        return super().on_failure(exc_info, *args, **options)

    def _why(self, failure: BaseException, exc_info: Any) -> Why | None:
        """Return why the message is given up, or None where it is not."""
        if self.acknowledged or self._already_cancelled or self._already_revoked:
            return None
        if isinstance(failure, LOST):
            return self._why_lost(failure)
        if isinstance(failure, NO_FAILURE):
            return None
        return Why(
            code=_code(failure),
            reason=_reason(failure),
            traceback=str(exc_info.traceback),
            tries=self._tries(),
        )

    def _why_lost(self, failure: BaseException) -> Why | None:
        """Give up what kills every child; RabbitMQ counts that itself."""
        if broker.is_amqp():
            return None
        try:
            losses = _count_loss(self.id)
        except RedisError:
            return None
        if losses <= broker.DELIVERY_LIMIT:
            return None
        reason = f"Its process ended each of {losses} times: {failure}"
        return Why(code=Code.KILLED_ITS_PROCESS, reason=reason, tries=losses)

    def _bury(self, why: Why) -> None:
        log.error("task given up", task=self.name, task_id=self.id, code=why.code, why=why.reason)
        if bury(self.app, self.message, queue=broker.pool_of(self.name), why=why):
            self.acknowledge()
        else:
            self.reject(requeue=True)

    def _tries(self) -> int:
        return int(self.request_dict.get("retries") or 0) + 1


def bury(app: Any, message: Message, *, queue: str, why: Why) -> bool:
    """Publish a message as a dead letter of a queue; say whether the broker has it."""
    try:
        with app.producer_or_acquire() as producer:
            letters.bury(producer, message, queue=queue, why=why)
    except broker.AWAY as away:
        log.warning("no dead letter could be written", queue=queue, error=str(away)[:200])
        return False
    return True


def _count_loss(task_id: str) -> int:
    with get_redis_connection("state").pipeline() as pipeline:
        pipeline.incr(f"lost:{task_id}")
        pipeline.expire(f"lost:{task_id}", LOSSES_KEPT_S)
        return int(pipeline.execute()[0])


def _failure_of(exc_info: Any) -> BaseException:
    """Return what was raised; billiard wraps it to carry the traceback between processes."""
    found: Any = exc_info.exception
    failure: BaseException = found.exc if isinstance(found, ExceptionWithTraceback) else found
    return failure


def _code(failure: BaseException) -> Code:
    if isinstance(failure, BadArguments):
        return Code.BAD_ARGUMENTS
    if isinstance(failure, SoftTimeLimitExceeded | TimeLimitExceeded):
        return Code.TIMED_OUT
    return Code.GAVE_UP if isinstance(failure, tuple(RETRIES)) else Code.FAILED


def _reason(failure: BaseException) -> str:
    if isinstance(failure, TimeLimitExceeded):
        return f"It ran longer than {failure.args[0]} s, and its process was killed."
    if isinstance(failure, SoftTimeLimitExceeded):
        return "It ran longer than its soft time limit."
    return f"{type(failure).__name__}: {failure}"
