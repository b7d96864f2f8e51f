"""What goes into the child process and what comes out: JSON both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from apps.previews.ports import Board, Cut, Footage, Growth, Ranged, Template

Work = Literal["recording", "live", "board", "posters", "share"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one job may cost. Beyond it the child ends, and the file is refused."""

    cpu_s: int = 240
    wall_s: int = 300
    # Address space, not residence: libraries reserve several times what they touch.
    memory_bytes: int = 1024**3
    output_bytes: int = 64 * 1024**2
    # Read over the network; a local file costs nobody anything.
    source_bytes: int = 2 * 1024**3
    max_pixels: int = 8192 * 4320
    max_duration_s: int = 12 * 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Composition:
    """What is to be shared; `fonts` are tried in this order for each text."""

    cut: Cut
    template: Template
    fonts: tuple[Path, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """`before` belongs to live work, `growth` to the board's, `composition` to a share's."""

    work: Work
    source: Footage
    into: Path
    limits: Limits
    before: Mapping[str, Path] = field(default_factory=dict)
    growth: Growth | None = None
    composition: Composition | None = None

    def dump(self) -> str:
        return json.dumps(asdict(self), default=str)

    @classmethod
    def load(cls, text: str) -> Self:
        told = json.loads(text)
        source = told["source"]
        return cls(
            work=told["work"],
            source=Ranged(**source) if isinstance(source, dict) else Path(source),
            into=Path(told["into"]),
            limits=Limits(**told["limits"]),
            before={variant: Path(path) for variant, path in told["before"].items()},
            growth=_growth(told["growth"]) if told["growth"] else None,
            composition=_composition(told["composition"]) if told["composition"] else None,
        )


def board_of(told: dict[str, Any]) -> Board:
    """Read a board that was JSON."""
    lists = {name: tuple(told[name]) for name in ("begins_s", "sheets")}
    return Board(**{**told, **lists})


def _growth(told: dict[str, Any]) -> Growth:
    last_sheet = told["last_sheet"]
    return Growth(
        begins_s=told["begins_s"],
        board=board_of(told["board"]),
        last_sheet=Path(last_sheet) if last_sheet else None,
    )


def _composition(told: dict[str, Any]) -> Composition:
    return Composition(
        cut=Cut(**told["cut"]),
        template=Template(**told["template"]),
        fonts=tuple(Path(font) for font in told["fonts"]),
    )
