"""`recording.store_mb_s`: keeping a recording in a folder ÷ copying a file there and waiting.

What is measured is `Vault.put` as a worker calls it: copied, hashed, flushed to the disk, renamed.
The baseline is what one would do by hand to have the bytes there after a power cut: copy the file
and flush it. Both write to the same disk, in turns.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.processes import actor, obey
from bench.rounds import interleave
from bench.rows import Row

BYTES: Final = 256 * 1024**2
MB: Final = 1_000_000
ROUNDS: Final = 5
ROUND_S: Final = 120.0
SETTINGS: Final = {"DJANGO_SETTINGS_MODULE": "bench.settings"}


def measure() -> list[Row]:
    with actor("bench.on_django", "bench.recordings", env=SETTINGS) as keeper:

        def told(word: str) -> Callable[[], float]:
            def ask() -> float:
                keeper.tell(word)
                return float(keeper.hear(within_s=ROUND_S))

            return ask

        ours, baseline = interleave(
            "recording.store_mb_s", told("put"), told("copy"), rounds=ROUNDS
        )
    return [
        Row(
            name="recording.store_mb_s",
            value=ours,
            unit="MB/s",
            baseline=baseline,
            baseline_name="a plain copy into the same folder, flushed",
            goal=0.7,
            better="higher",
        )
    ]


def main() -> None:
    from django.core.files.storage import FileSystemStorage  # noqa: PLC0415 (settings come first)

    from apps.streams.adapters.vaults.folder import FolderVault  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="showrunner-bench-") as folder:
        source = Path(folder, "recording.mp4")
        source.write_bytes(os.urandom(BYTES))
        sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
        vault = FolderVault(FileSystemStorage(folder), may_link=False)  # as on a mount

        def put() -> None:
            vault.put(source, "kept/put.mp4", content_type="video/mp4", sha256=sha256)

        def copy() -> None:
            target = Path(folder, "kept", "copy.mp4")
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(source, target)
            with target.open("rb") as copied:
                os.fsync(copied.fileno())

        obey({"put": lambda: _speed(put), "copy": lambda: _speed(copy)})


def _speed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return BYTES / MB / (time.perf_counter() - began)
