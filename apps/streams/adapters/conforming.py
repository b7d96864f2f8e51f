"""Parts of several kinds made into one kind, piece by piece: a kill costs the piece it hit.

The pictures of a part are encoded in spans, each a file of its own; its sound in one go, as it is
cheap and as each new beginning of AAC would be heard.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from apps.streams.adapters import ffmpeg_commands as commands

SPAN_S: Final = 30.0

Run = Callable[[list[str]], None]


@dataclass(frozen=True, slots=True)
class Part:
    """A part, and what looking at it said."""

    path: Path
    said: dict[str, Any]

    @property
    def kind(self) -> str:
        """What has to be the same in parts whose packets are copied into one file."""
        return json.dumps(self.said["kind"])

    @property
    def duration_s(self) -> float:
        return float(self.said["duration_s"])


@dataclass(slots=True)
class Conforming:
    """Work in a folder by `run`; begins nothing after `budget_s`, but always does something."""

    folder: Path
    run: Run
    budget_s: float

    def conformed(self, parts: list[Part], *, is_anew: bool = False) -> list[Path] | None:
        """Return files of one kind; None while there is more to do than the time allowed.

        `is_anew` encodes all of them, whatever they are.
        """
        seconds: Counter[str] = Counter()
        for part in parts:
            seconds[part.kind] += part.duration_s  # type: ignore[assignment] # it counts floats
        if len(seconds) == 1 and not is_anew:
            return [self._salvaged(nth, part) for nth, part in enumerate(parts)]
        (main, _), *_ = seconds.most_common()
        like = next(part.said for part in parts if part.kind == main)
        size = int(like["kind"][2]) // 2 * 2, int(like["kind"][3]) // 2 * 2
        ends_at = time.monotonic() + self.budget_s
        for make in self._steps(parts, size):
            make()
            if time.monotonic() >= ends_at:
                return None
        # An encoder's packets never match those of another one, so that all parts are ours now.
        return [self._whole(nth) for nth in range(len(parts))]

    def _salvaged(self, nth: int, part: Part) -> Path:
        """Return a part that can be joined: one that was cut off would end the join with it."""
        if part.said["is_whole"]:
            return part.path
        target = self.folder / f"{nth:04d}_salvaged.mp4"
        self._make(target, lambda file: commands.salvage(part.path, file))
        return target

    def _steps(self, parts: list[Part], size: tuple[int, int]) -> Iterator[Callable[[], None]]:
        """Yield what is still to be made, in order."""
        for nth, part in enumerate(parts):
            if self._whole(nth).exists():
                continue
            spans = []
            for at in range(max(1, round(part.duration_s / SPAN_S))):
                spans.append(self.folder / f"{nth:04d}_{at:05d}.mp4")
                if not spans[-1].exists():
                    yield self._encoding(part, spans[-1], at * SPAN_S, size)
            yield self._assembling(part, nth, spans)

    def _encoding(
        self, part: Part, target: Path, start_s: float, size: tuple[int, int]
    ) -> Callable[[], None]:
        rest_s = part.duration_s - start_s
        span = start_s, rest_s + 1 if rest_s < SPAN_S * 1.5 else SPAN_S

        def encode() -> None:
            self._make(
                target, lambda file: commands.conform(part.path, file, span=span, size=size)
            )

        return encode

    def _assembling(self, part: Part, nth: int, spans: list[Path]) -> Callable[[], None]:
        def assemble() -> None:
            sound = self.folder / f"{nth:04d}_sound.mp4"
            has_audio = bool(part.said["has_audio"])
            self._make(
                sound,
                lambda file: commands.conform_sound(
                    part.path, file, duration_s=part.duration_s, has_audio=has_audio
                ),
            )
            listed = listing(self.folder / f"{nth:04d}.txt", spans)
            self._make(self._whole(nth), lambda file: commands.put_together(listed, sound, file))

        return assemble

    def _make(self, target: Path, command: Callable[[Path], list[str]]) -> None:
        """Make a file that is there as a whole or not at all."""
        unfinished = target.with_suffix(".part")
        self.run(command(unfinished))
        unfinished.replace(target)

    def _whole(self, nth: int) -> Path:
        return self.folder / f"{nth:04d}_whole.mp4"


def listing(path: Path, files: Iterable[Path]) -> Path:
    """Write the list ffmpeg's concat demuxer reads; return its path."""
    quoted = (str(file.resolve()).replace("'", "'\\''") for file in files)
    path.write_text("".join(f"file '{name}'\n" for name in quoted))
    return path
