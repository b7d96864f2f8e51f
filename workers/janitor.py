"""What lies in storage against what documents name, both ways. Documents are never removed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, TypeVar, cast

import structlog
from django.core.files.storage import Storage, default_storage
from django.utils import timezone
from django_redis import get_redis_connection

from apps.previews import public as previews
from apps.streams import public as streams
from kit.storages import Shelf, Stored

log = structlog.get_logger()
T = TypeVar("T")

# Younger than this may be part of a write that is not finished, or of a retry that comes.
MIN_AGE: Final = timedelta(hours=24)
BATCH: Final = 500
SHOWN: Final = 50
LAST_REPORT: Final = "janitor:report"


@dataclass(frozen=True, slots=True)
class Section:
    """One prefix of the storage, and the context whose documents name what lies below it."""

    prefix: str
    find_named: Callable[[Sequence[str]], set[str]]
    iter_named: Callable[[], Iterator[str]]


SECTIONS: Final = (
    Section("recordings", streams.find_stored_names, streams.iter_stored_names),
    Section("previews", previews.find_stored_names, previews.iter_stored_names),
)


@dataclass(slots=True, kw_only=True)
class Report:
    """What was found. `orphans` and `missing` show the first SHOWN names of as many as counted.

    An orphan is a file that no document names; missing is a file that one does. Where
    `is_complete` is False there was no time for the rest.
    """

    at: str = ""
    files: int = 0
    documents: int = 0
    orphan_count: int = 0
    orphan_bytes: int = 0
    removed_count: int = 0
    missing_count: int = 0
    is_complete: bool = True
    orphans: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Look:
    """One look through the storage; `tell` hears how far it is."""

    storage: Storage
    now: datetime
    removes: bool = False
    deadline: float = float("inf")
    tell: Callable[[Report], None] = lambda _report: None
    sections: Sequence[Section] = SECTIONS

    def run(self) -> Report:
        report = Report(at=self.now.isoformat())
        for section in self.sections:
            self._look_at_files(section, report)
            self._look_at_documents(section, report)
        return report

    def _look_at_files(self, section: Section, report: Report) -> None:
        files = cast("Shelf", self.storage).walk(section.prefix)
        for batch in _batches(files):
            if self._is_late(report):
                return
            report.files += len(batch)
            old = [one for one in batch if self.now - one.written_at >= MIN_AGE]
            # asked after the walk: what was named in between is not taken for forgotten
            named = section.find_named([one.name for one in old])
            for one in old:
                if one.name not in named:
                    self._note_orphan(one, report)
            self.tell(report)

    def _note_orphan(self, one: Stored, report: Report) -> None:
        report.orphan_count += 1
        report.orphan_bytes += one.size_bytes
        if len(report.orphans) < SHOWN:
            report.orphans.append(one.name)
        if self.removes:
            self.storage.delete(one.name)
            report.removed_count += 1
            log.info("orphan removed", name=one.name, size_bytes=one.size_bytes)

    def _look_at_documents(self, section: Section, report: Report) -> None:
        for batch in _batches(section.iter_named()):
            if self._is_late(report):
                return
            report.documents += len(batch)
            for name in batch:
                if not self.storage.exists(name):
                    self._note_missing(name, section, report)
            self.tell(report)

    def _note_missing(self, name: str, section: Section, report: Report) -> None:
        if name not in section.find_named([name]):
            return  # its document let go of it while we looked
        report.missing_count += 1
        if len(report.missing) < SHOWN:
            report.missing.append(name)
        log.error("stored file is missing", name=name)

    def _is_late(self, report: Report) -> bool:
        report.is_complete = report.is_complete and time.monotonic() < self.deadline
        return not report.is_complete


def look(*, removes: bool, tell: Callable[[Report], None]) -> Report:
    """Look through all of it, as an operator asks; keep what was found for the metrics."""
    found = Look(storage=default_storage, now=timezone.now(), removes=removes, tell=tell).run()
    _keep(found)
    return found


def report(*, within_s: float) -> Report:
    """Look for as long as there is, remove nothing; keep what was found for the metrics."""
    deadline = time.monotonic() + within_s
    found = Look(storage=default_storage, now=timezone.now(), deadline=deadline).run()
    _keep(found)
    log.info(
        "storage looked at",
        **{name: value for name, value in asdict(found).items() if not isinstance(value, list)},
    )
    return found


def last_report() -> dict[str, Any]:
    """Return what the last look found, empty where there was none."""
    kept = get_redis_connection("state").get(LAST_REPORT)
    found: dict[str, Any] = json.loads(kept) if kept else {}
    return found


def _keep(found: Report) -> None:
    get_redis_connection("state").set(LAST_REPORT, json.dumps(asdict(found)))


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while batch := list(islice(left, BATCH)):
        yield batch
