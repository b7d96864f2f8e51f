"""The consumer of a Celery worker (`worker_consumer`): buries what it cannot even begin.

Celery's own drops a message whose task it does not know, or that it cannot read: on Redis that is
the end of it, on RabbitMQ a dead letter without a word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import structlog
from celery.worker.consumer import Consumer
from kombu import Message
from typing_extensions import override

from kit import broker
from kit.letters import Code, Why
from kit.task_requests import bury

log = structlog.get_logger()

# What Celery lets through to the top when a body is JSON but no task: the worker would end.
MALFORMED: Final = (TypeError, ValueError, LookupError, AttributeError, RecursionError)


class Receiver(Consumer):
    connection_errors: tuple[type[BaseException], ...]

    @override
    def create_task_handler(self, *args: Any, **options: Any) -> Callable[[Message], None]:
        """Return Celery's handler, for which a body of another form is no end of the worker."""
        handle = super().create_task_handler(*args, **options)

        def on_task_received(message: Message) -> None:
            try:
                handle(message)
            except MALFORMED as exc:
                self.on_decode_error(message, exc)

        return on_task_received

    @override
    def on_unknown_message(self, body: Any, message: Message) -> None:
        self._bury(message, Code.UNREADABLE, "It says no task: none of its headers names one.")

    @override
    def on_unknown_task(self, body: Any, message: Message, exc: Exception) -> None:
        name = str(message.headers.get("task"))
        self._bury(message, Code.UNKNOWN_TASK, f"This release has no task {name[:200]}.")

    @override
    def on_invalid_task(self, body: Any, message: Message, exc: Exception) -> None:
        self._bury(message, Code.UNREADABLE, f"It cannot be read: {exc}")

    @override
    def on_decode_error(self, message: Message, exc: Exception) -> None:
        self._bury(message, Code.UNREADABLE, f"It cannot be read: {exc}")

    def _bury(self, message: Message, code: Code, reason: str) -> None:
        queue = _queue_of(message)
        log.error("message given up", queue=queue, code=code, reason=reason)
        if bury(self.app, message, queue=queue, why=Why(code=code, reason=reason)):
            message.ack_log_error(log, self.connection_errors)
        else:
            message.reject_log_error(log, self.connection_errors, requeue=True)


def _queue_of(message: Message) -> str:
    """Return the queue a message came from: the end of its routing key, behind any delay."""
    routing_key = str((message.delivery_info or {}).get("routing_key", ""))
    found = [name for name in broker.queue_names() if routing_key.endswith(name)]
    return max(found, key=len, default="default")
