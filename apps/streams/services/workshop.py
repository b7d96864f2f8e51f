"""What work on recordings needs from outside, and the place on disk where it is done."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from apps.streams.errors import NoRoom, RecordingHeld
from apps.streams.ports import Editor, Vault
from kit import locks

# Beside what is written, a disk keeps this much free for everything else on it.
SPARE_BYTES: Final = 64 * 1024**2
# Scratch of a recording that nobody touched for so long belongs to a worker that died.
ABANDONED_AFTER: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Ports, the clock, and `folder` for scratch; `lease_s` is how late an absence is noticed."""

    list_parts: Callable[[str], list[Path]]
    editor: Editor
    vault: Vault
    folder: Path
    clock: Callable[[], datetime]
    lease_s: float = 20.0
    parts_kept: timedelta = timedelta(hours=24)

    def bench(self, subject_id: str) -> Path:
        """Return the folder of one recording or clip; what is in it may be made again."""
        bench = self.folder / subject_id
        bench.mkdir(parents=True, exist_ok=True)
        return bench

    def clear(self, subject_id: str) -> None:
        shutil.rmtree(self.folder / subject_id, ignore_errors=True)

    def require_room(self, bench: Path, *, wanted_bytes: int) -> None:
        """Refuse before the first byte what would fill the disk.

        Raises:
            NoRoom: there is less than wanted, and a spare.

        """
        free = shutil.disk_usage(bench).free
        if free < wanted_bytes + SPARE_BYTES:
            raise NoRoom(what=bench.name, why=f"{free} bytes are free, {wanted_bytes} are needed")

    def sweep(self) -> int:
        """Delete what dead workers left in the scratch folder; return how many benches."""
        oldest = (self.clock() - ABANDONED_AFTER).timestamp()
        benches = [one for one in self.folder.glob("*") if one.is_dir()]
        abandoned = [one for one in benches if _touched_at(one) < oldest]
        for bench in abandoned:
            shutil.rmtree(bench, ignore_errors=True)
        return len(abandoned)


@contextmanager
def held(subject_id: str) -> Iterator[None]:
    """Work on a recording alone.

    Whoever loses the lock in the middle is stopped by the conditional writes; it saves work.

    Raises:
        RecordingHeld: somebody else works on it.

    """
    with locks.held(f"recording:{subject_id}") as is_ours:
        if not is_ours:
            raise RecordingHeld(recording_id=subject_id, retry_after_s=locks.LASTS_S)
        yield


def _touched_at(bench: Path) -> float:
    """Return when anything in a folder was written last."""
    try:
        return max(path.stat().st_mtime for path in (bench, *bench.rglob("*")))
    except FileNotFoundError:  # somebody is at work in it
        return float("inf")
