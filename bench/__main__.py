"""`python -m bench [NAME…]`: measure, print a table, write bench/results.json.

It measures and does not judge: a goal that is missed leaves the exit code 0, a measurement that
failed does not. A name is a row (`events.path`) or a family of rows (`demo`); none means all.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench import (
    demo,
    events,
    home,
    ingest,
    latency,
    lists,
    presence,
    rows,
    tasks,
    worker_memory,
)
from bench.rounds import progress

Measure = Callable[[], list[rows.Row]]
RESULTS: Final = Path(__file__).parent / "results.json"

# The names of the rows, and what measures them together.
MEASURES: Final[dict[tuple[str, ...], Measure]] = {
    ("api.home_cached",): home.measure,
    ("events.path",): events.measure,
    ("relay.latency_p95_ms",): latency.measure,
    ("tasks.overhead", "tasks.publish", "tasks.vs_kombu"): tasks.measure,
    ("workers.rss_mb",): worker_memory.measure,
    (
        "ingest.cpu_per_stream",
        "hls.time_to_first_segment_s",
        "ingest.streams",
    ): ingest.measure,
    ("presence.heartbeats_s",): presence.measure,
    ("broadcasts.list_growth",): lists.measure,
    ("demo.wall_s", "demo.peak_rss_mb"): demo.measure,
}


def chosen(
    wanted: Sequence[str], measures: Mapping[tuple[str, ...], Measure]
) -> dict[tuple[str, ...], Measure]:
    """Return what measures the wanted rows.

    Raises:
        SystemExit: a name is no row and no family.

    """
    names = [name for group in measures for name in group]
    unknown = [one for one in wanted if not any(_is_named(name, one) for name in names)]
    if unknown:
        raise SystemExit(f"No such row: {', '.join(unknown)}. There are: {', '.join(names)}.")
    return {
        group: measure
        for group, measure in measures.items()
        if not wanted or any(_is_named(name, one) for name in group for one in wanted)
    }


def run(measures: Mapping[tuple[str, ...], Measure], results: Path) -> int:
    """Measure one after the other, keep what was found; return the exit code."""
    found: list[rows.Row] = []
    failed: list[str] = []
    for group, measure in measures.items():
        progress(f"measuring {', '.join(group)} …")
        try:
            found.extend(measure())
        except Exception:  # noqa: BLE001 (one measurement that failed must not lose the others)
            failed.extend(group)
            traceback.print_exc()
    rows.write(found, results)
    print(rows.table(found))
    met = sum(row.is_met for row in found)
    print(f"\n{len(found)} rows measured, {met} goals met, {len(failed)} failed: {results}")
    if failed:
        print(f"✗ not measured: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", help="rows or families; all where left out")
    return run(chosen(parser.parse_args().names, MEASURES), RESULTS)


def _is_named(row: str, wanted: str) -> bool:
    return row == wanted or row.startswith(f"{wanted}.")


if __name__ == "__main__":
    sys.exit(main())
