"""Structured logs: one line a fact, with the id of the request that caused it."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

import structlog
from typing_extensions import override

from kit import request_ids

# Whose level may change at run time. Not the libraries': some print headers, with their tokens.
OWN: Final = ("apps", "celery", "gateway", "kit", "workers")


class JSONFormatter(structlog.stdlib.ProcessorFormatter):
    """structlog's, without its copies of a record where that has nothing to be unpacked.

    A worker writes a line a task: half of what a line costs goes into those copies.
    """

    _as_json = structlog.processors.JSONRenderer()

    @override
    def format(self, record: logging.LogRecord) -> str:
        said: Any = record.msg
        is_whole = isinstance(said, dict) and hasattr(record, "_logger")
        if not is_whole or "exc_info" in said:
            return super().format(record)
        return str(self._as_json(None, "", said.copy()))


def configure(*, as_json: bool = True, level: str = "INFO") -> None:
    """Send structlog's and the standard library's records to stderr in one format."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _request_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    formatter = JSONFormatter if as_json else structlog.stdlib.ProcessorFormatter
    handler.setFormatter(
        formatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(as_json=as_json),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # No line of ours names a thread, a process or a line of code ("Optimization", logging HOWTO).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001 (the name the HOWTO gives)
    for noisy in ("pymongo", "googleapiclient", "httpx", "amqp", "oauthlib", "requests_oauthlib"):
        logging.getLogger(noisy).setLevel("WARNING")
    # They tell of every task in free text; workers.telemetry writes one line with fields.
    for told_by_us in ("celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(told_by_us).setLevel("WARNING")
    # It logs the path of every 4xx, and the path of a playback is its permission; the access
    # line of the gateway names the route instead.
    logging.getLogger("django.request").setLevel("ERROR")


def set_level(level: str | None) -> None:
    """Log our own code and Celery at a level of Python's; None is the configured one again."""
    for name in OWN:
        logging.getLogger(name).setLevel(level or logging.NOTSET)


def _renderers(*, as_json: bool) -> list[Any]:
    if as_json:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    return [
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    ]


def _request_id(_logger: Any, _name: str, event: Any) -> Any:
    bound = request_ids.current()
    if bound:
        event.setdefault("request_id", bound)
    return event
