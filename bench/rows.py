"""What a measurement says: rows, and how they are told to people and to machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

Better = Literal["higher", "lower"]
COLUMNS: Final = ("name", "value", "baseline", "ratio", "goal", "met", "baseline is")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One number beside the number it is compared with, both measured in the same run.

    `baseline` has the unit of `value`; `baseline_name` says in words what was measured there.
    `goal_of` tells which of the two numbers the goal is set for.
    """

    name: str
    value: float
    unit: str
    baseline: float
    baseline_name: str
    goal: float
    better: Better
    goal_of: Literal["ratio", "value"] = "ratio"

    @property
    def ratio(self) -> float:
        """Value ÷ baseline."""
        return self.value / self.baseline

    @property
    def is_met(self) -> bool:
        reached = self.ratio if self.goal_of == "ratio" else self.value
        return reached >= self.goal if self.better == "higher" else reached <= self.goal

    def as_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "value": _rounded(self.value),
            "baseline": _rounded(self.baseline),
            "ratio": _rounded(self.ratio),
            "met": self.is_met,
        }


def write(rows: Sequence[Row], path: Path) -> None:
    """Keep the rows of one run; an older run's file is replaced, never mixed with this one."""
    path.write_text(json.dumps([row.as_json() for row in rows], indent=2) + "\n")


def table(rows: Sequence[Row]) -> str:
    """Return the rows as lines of aligned columns."""
    cells = [COLUMNS, *map(_cells, rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _cells(row: Row) -> tuple[str, ...]:
    sign = "≥" if row.better == "higher" else "≤"
    unit = "" if row.goal_of == "ratio" else f" {row.unit}"
    return (
        row.name,
        f"{_rounded(row.value):g} {row.unit}",
        f"{_rounded(row.baseline):g}",
        f"{row.ratio:.2f}",
        f"{sign} {row.goal:g}{unit}",
        "yes" if row.is_met else "NO",
        row.baseline_name,
    )


def _rounded(number: float) -> float:
    """Return four digits that mean something; more would claim a precision no run has."""
    return float(f"{number:.4g}")
