"""The notices every process understands, and what it does on each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import structlog

from kit import caches, logs
from kit.everyone import Notice, do_later, forget_later, heard

log = structlog.get_logger()

RETURN: Final = "return to the configured log level"


@dataclass(frozen=True, kw_only=True, slots=True)
class LogLevel(Notice):
    """Log at a level of Python's from now on, for `for_s` seconds or (0) until the next start."""

    name: ClassVar[str] = "log-level"
    level: str
    for_s: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class PurgeCaches(Notice):
    """Read anew what is kept in memory: credential files, verified tokens, connections."""

    name: ClassVar[str] = "purge-caches"


@heard(LogLevel)
def set_log_level(notice: LogLevel) -> None:
    logs.set_level(notice.level)
    if notice.for_s:
        do_later(RETURN, return_to_configured_level, in_s=notice.for_s)
    else:
        forget_later(RETURN)


def return_to_configured_level() -> None:
    logs.set_level(None)
    log.info("log level is the configured one again")


@heard(PurgeCaches)
def purge_caches(_notice: PurgeCaches) -> None:
    log.info("caches purged", names=caches.purge())
