"""Which measurements a run makes, in what order, and what it leaves behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.__main__ import MEASURES, chosen, run
from bench.rounds import interleave, take_turns
from bench.rows import Row
from tests.bench.test_rows import a_row


def finding(*rows: Row) -> Callable[[], list[Row]]:
    return lambda: list(rows)


def failing() -> list[Row]:
    raise ZeroDivisionError("the server fell over")


class TestChosen:
    def test_is_everything_where_nothing_is_named(self) -> None:
        assert chosen([], MEASURES) == MEASURES

    @pytest.mark.parametrize("name", ["demo", "demo.wall_s", "demo.peak_rss_mb"])
    def test_takes_a_row_or_a_family(self, name: str) -> None:
        assert list(chosen([name], MEASURES)) == [("demo.wall_s", "demo.peak_rss_mb")]

    @pytest.mark.parametrize("name", ["dem", "demo.wall", "events.path.more"])
    def test_names_the_rows_there_are_where_one_is_unknown(self, name: str) -> None:
        with pytest.raises(SystemExit, match=rf"No such row: {name}\..*events\.path"):
            chosen([name], MEASURES)


class TestRun:
    def test_does_not_judge(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        missed = a_row(name="slow", value=1.0, baseline=100.0)

        code = run({("slow",): finding(missed)}, tmp_path / "results.json")

        assert code == 0
        assert "1 rows measured, 0 goals met, 0 failed" in capsys.readouterr().out

    def test_fails_with_a_measurement_but_keeps_the_others(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        kept = tmp_path / "results.json"

        code = run({("broken", "too"): failing, ("fine",): finding(a_row(name="fine"))}, kept)

        said = capsys.readouterr()
        assert code == 1
        assert [row["name"] for row in json.loads(kept.read_text())] == ["fine"]
        assert "the server fell over" in said.err
        assert "not measured: broken, too" in said.err


class TestInterleave:
    def test_tells_the_median_of_each_side(self) -> None:
        ours, baseline = iter([10.0, 90.0, 30.0]), iter([5.0, 1.0, 100.0])

        found = interleave("x", lambda: next(ours), lambda: next(baseline), rounds=3)

        assert found == (30.0, 5.0)

    def test_lets_each_side_go_first_every_other_round(self) -> None:
        order: list[str] = []

        def side(name: str) -> Callable[[], float]:
            def measure() -> float:
                order.append(name)
                return 1.0

            return measure

        interleave("x", side("ours"), side("baseline"), rounds=3)

        assert order == ["ours", "baseline", "baseline", "ours", "ours", "baseline"]


class TestTakeTurns:
    def test_measures_each_side_in_every_round_and_turns_the_order(self) -> None:
        order: list[str] = []

        def side(name: str) -> Callable[[], float]:
            def measure() -> float:
                order.append(name)
                return float(len(order))

            return measure

        found = take_turns("x", {name: side(name) for name in "abc"}, rounds=2)

        assert order == ["a", "b", "c", "c", "b", "a"]
        assert found == {"a": 3.5, "b": 3.5, "c": 3.5}
