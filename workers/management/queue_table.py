"""How `manage.py queues` shows an overview at a terminal."""

from __future__ import annotations

from typing import Final

from workers import printing
from workers.queues import public as queues
from workers.queues.contracts import Overview, QueueRow

BAR_CHARS: Final = 12
EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
UNKNOWN: Final = "?"
HEADINGS: Final = ("queue", "ready", "", "in hand", "workers", "oldest", "in/s", "out/s", "dead")
RIGHT: Final = "ready|in hand|workers|oldest|in/s|out/s|dead"


def lines(overview: Overview) -> list[str]:
    """Return the table, what needs a person, and the sentence."""
    most = max((row.ready for row in overview.rows), default=0)
    cells = [_cells(row, most) for row in overview.rows]
    return [
        *printing.table(HEADINGS, cells, right=RIGHT),
        "",
        *_problems(overview),
        sentence(overview),
    ]


def sentence(overview: Overview) -> str:
    ready = sum(row.ready for row in overview.rows)
    troubled = sum(1 for row in overview.rows if row.problems)
    ledger = "" if overview.is_ledger_known else " or more: the ledger does not answer"
    dead = f"{printing.count(overview.dead, 'dead letter')} waiting{ledger}"
    needs = "nothing needs a person"
    if overview.needs_a_person:
        verb = "needs" if troubled == 1 else "need"
        needs = f"{printing.count(troubled, 'queue')} {verb} a person"
    count = printing.count(len(overview.rows), "queue")
    return f"{count} on {overview.broker}, {ready} ready, {dead}; {needs}."


def bar(part: int, most: int) -> str:
    """Return a bar in eighths of a character; what is not nothing shows at least one."""
    if not part:
        return ""
    eighths = max(round(part / most * BAR_CHARS * 8), 1)
    return "█" * (eighths // 8) + (EIGHTHS[eighths % 8] if eighths % 8 else "")


def oldest(row: QueueRow) -> str:
    """Return the age of the oldest ready message, or what it lies between."""
    least, most = row.oldest_at_least_s, row.oldest_at_most_s
    if row.ready == 0:
        return ""
    if most is None:
        return f"≥ {printing.span(least)}" if least and least >= 1 else UNKNOWN
    if least == most or (least and printing.span(least) == printing.span(most)):
        return printing.span(most)
    if least and least >= 1:
        return f"{printing.span(least)} to {printing.span(most)}"
    return f"≤ {printing.span(most)}"


def _cells(row: QueueRow, most: int) -> tuple[str, ...]:
    return (
        *(row.id, str(row.ready), bar(row.ready, most), number(row.unacked)),
        *(number(row.consumers), oldest(row), rate(row.in_per_s), rate(row.out_per_s)),
        number(row.dead),
    )


def number(value: int | None) -> str:
    return UNKNOWN if value is None else str(value)


def rate(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.1f}"


def _problems(overview: Overview) -> list[str]:
    said = [
        f"! {row.id} {queues.PROBLEMS[problem]}."
        for row in overview.rows
        for problem in row.problems
    ]
    if overview.dead_elsewhere:
        count = printing.count(overview.dead_elsewhere, "dead letter")
        said.append(f"! {count} came from queues that are no more.")
    return [*said, ""] if said else []
