"""What goes into the child process and what comes out: JSON both ways."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, Self

Work = Literal["recording", "live"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one job may cost. Beyond it the child ends, and the file is refused."""

    cpu_s: int = 240
    wall_s: int = 300
    # Address space, not residence: libraries reserve several times what they touch.
    memory_bytes: int = 1024**3
    output_bytes: int = 64 * 1024**2
    max_pixels: int = 8192 * 4320
    max_duration_s: int = 12 * 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    work: Work
    source: Path
    into: Path
    limits: Limits

    def dump(self) -> str:
        return json.dumps(asdict(self), default=str)

    @classmethod
    def load(cls, text: str) -> Self:
        told = json.loads(text)
        return cls(
            work=told["work"],
            source=Path(told["source"]),
            into=Path(told["into"]),
            limits=Limits(**told["limits"]),
        )
