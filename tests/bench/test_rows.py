"""What a row says of a measurement, to people and to machines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.rows import Row, table, write


def a_row(**wanted: Any) -> Row:
    given: dict[str, Any] = {
        "name": "api.home_cached",
        "value": 1_200.0,
        "unit": "requests/s",
        "baseline": 2_000.0,
        "baseline_name": "a bare view",
        "goal": 0.5,
        "better": "higher",
    }
    return Row(**(given | wanted))


class TestRow:
    def test_divides_the_value_by_its_baseline(self) -> None:
        assert a_row(value=300.0, baseline=1_200.0).ratio == 0.25

    @pytest.mark.parametrize(
        ("better", "value", "is_met"),
        [
            ("higher", 1_001.0, True),
            ("higher", 1_000.0, True),
            ("higher", 999.0, False),
            ("lower", 999.0, True),
            ("lower", 1_000.0, True),
            ("lower", 1_001.0, False),
        ],
    )
    def test_meets_a_goal_set_for_the_ratio(
        self, better: str, value: float, *, is_met: bool
    ) -> None:
        assert a_row(better=better, value=value, baseline=2_000.0).is_met is is_met

    @pytest.mark.parametrize(("value", "is_met"), [(239.0, True), (240.0, True), (241.0, False)])
    def test_meets_a_goal_set_for_the_value(self, value: float, *, is_met: bool) -> None:
        row = a_row(value=value, baseline=1.0, goal=240.0, goal_of="value", better="lower")

        assert row.is_met is is_met


class TestWrite:
    def test_keeps_what_machines_compare(self, tmp_path: Path) -> None:
        kept = tmp_path / "results.json"

        write([a_row(value=1_234.5678, baseline=2_000.0)], kept)

        (found,) = json.loads(kept.read_text())
        assert found == {
            "name": "api.home_cached",
            "value": 1235.0,
            "unit": "requests/s",
            "baseline": 2000.0,
            "baseline_name": "a bare view",
            "ratio": 0.6173,
            "goal": 0.5,
            "goal_of": "ratio",
            "better": "higher",
            "met": True,
        }

    def test_does_not_mix_two_runs(self, tmp_path: Path) -> None:
        kept = tmp_path / "results.json"
        write([a_row(name="old")], kept)

        write([a_row(name="new")], kept)

        assert [row["name"] for row in json.loads(kept.read_text())] == ["new"]


class TestTable:
    def test_shows_what_was_reached_beside_what_was_wanted(self) -> None:
        lines = table(
            [
                a_row(value=400.0),
                a_row(
                    name="demo.wall_s",
                    value=95.25,
                    unit="s",
                    baseline=50.0,
                    goal=240,
                    goal_of="value",
                    better="lower",
                ),
            ]
        ).splitlines()

        head, missed, met = (line.split("  ") for line in lines)
        assert [word.strip() for word in head if word][:2] == ["name", "value"]
        assert [word.strip() for word in missed if word.strip()] == [
            *("api.home_cached", "400 requests/s", "2000", "0.20", "≥ 0.5", "NO", "a bare view")
        ]
        assert [word.strip() for word in met if word.strip()] == [
            *("demo.wall_s", "95.25 s", "50", "1.91", "≤ 240 s", "yes", "a bare view")
        ]

    def test_aligns_its_columns(self) -> None:
        lines = table([a_row(), a_row(name="x")]).splitlines()

        assert len({line.index("≥") for line in lines[1:]}) == 1
