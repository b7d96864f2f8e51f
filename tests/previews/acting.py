"""The services with everything from memory, each in one short line."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TypeVar

from apps.previews.adapters.memory import MemoryMaker, MemoryShelf
from apps.previews.ports import PreviewMaker
from apps.previews.services import jobs, lives, sets
from apps.streams.contracts import DvrSegment, LiveSegments, RecordingSummary
from tests.conftest import NOON

T = TypeVar("T")

FOOTAGE = {"recordings/one.mp4": b"moving pictures"}


def expect(recording: RecordingSummary) -> None:
    sets.expect(recording_id=recording.id, broadcast_id=recording.broadcast_id, now=NOON)


def make(
    recording: RecordingSummary,
    *,
    maker: MemoryMaker | None = None,
    shelf: MemoryShelf | None = None,
    now: datetime = NOON,
    clock: Callable[[], datetime] | None = None,
) -> None:
    shelf = shelf or MemoryShelf(dict(FOOTAGE))
    jobs.make_recording_set(
        recording=recording,
        tools=jobs.Tools(
            footage=shelf.lent(recording.storage_name),
            maker=maker or MemoryMaker(),
            shelf=shelf,
            clock=clock or (lambda: now),
        ),
    )


def refresh(
    broadcast_id: str,
    live: LiveSegments,
    *,
    dvr: Sequence[DvrSegment] = (),
    maker: PreviewMaker | None = None,
    shelf: MemoryShelf | None = None,
    now: datetime = NOON,
) -> None:
    lives.refresh_live(
        broadcast_id=broadcast_id,
        on_air=lives.OnAir(lend_newest=lambda into: live, list_dvr=lambda: dvr),
        maker=maker or MemoryMaker(),
        shelf=shelf or MemoryShelf(),
        clock=lambda: now,
    )


def at_once(times: int, work: Callable[[], T]) -> list[T]:
    """Run the same in that many threads, let loose together."""
    gate = threading.Barrier(times)

    def wait_and_work(_: int) -> T:
        gate.wait(timeout=10)
        return work()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(wait_and_work, range(times)))
