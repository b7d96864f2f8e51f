"""What `manage.py dead_letters replay|drop` does to many letters, and what it tells of that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Final

from kit.errors import DomainError
from kit.pages import MAX_LIMIT, PageRequest
from workers import printing
from workers.ledger import public as ledger
from workers.ledger.contracts import DeadLetter, Wanted

TOLD_EVERY: Final = 100
MAX_LISTED: Final = 50
DONE: Final = {"replay": "replayed", "drop": "dropped"}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done, by whom and why. verb: replay | drop."""

    verb: str
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was done, or in a dry run would be; refused holds the sentence by row id."""

    verb: str
    is_dry_run: bool
    chosen: int
    done: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        done, refusals = DONE[self.verb], list(self.refused.values())
        if self.is_dry_run:
            listed = self.done[:MAX_LISTED]
            rest = [f"… and {len(self.done) - len(listed)} more"] * (len(self.done) > len(listed))
            would = f"{printing.count(len(self.done), 'dead letter')} would be {done}"
            return [*listed, *rest, *refusals, f"{would}; nothing was done without --yes."]
        letters = printing.count(self.chosen, "dead letter")
        return [*refusals, f"{letters} chosen, {len(self.done)} {done}, {len(refusals)} refused."]


def choose(ids: Sequence[str], wanted: Wanted | None, *, most: int) -> list[DeadLetter | str]:
    """Return the letters an order is about: the named ids, or at most `most` waiting ones."""
    if wanted is None:
        return list(dict.fromkeys(ids))
    return [row for row, _ in zip(_every(wanted), range(most), strict=False)]


def carry_out(
    order: Order,
    chosen: Sequence[DeadLetter | str],
    *,
    is_dry: bool,
    tell: Callable[[str], object],
) -> Report:
    """Do it to each; what is refused does not keep the others.

    Raises:
        BrokerDown: nothing was replayed, as the broker does not answer.

    """
    report = Report(order.verb, is_dry, len(chosen))
    if is_dry:
        _rehearse(report, chosen)
        return report
    with ledger.on_the_broker() if order.verb == "replay" else nullcontext() as producer:
        for number, one in enumerate(chosen, start=1):
            row_id = one if isinstance(one, str) else one.id
            try:
                if order.verb == "replay":
                    ledger.replay(row_id=row_id, by=order.by, note=order.note, producer=producer)
                else:
                    ledger.drop(row_id=row_id, by=order.by, note=order.note)
            except DomainError as refused:
                report.refused[row_id] = str(refused)
            else:
                report.done.append(row_id)
            if number % TOLD_EVERY == 0:
                tell(f"{number} of {len(chosen)} …")
    return report


def _rehearse(report: Report, chosen: Sequence[DeadLetter | str]) -> None:
    for one in chosen:
        row = ledger.get_letter(row_id=one) if isinstance(one, str) else one
        if row.state == "waiting":
            name = printing.line(row.name or row.kind, most=40)
            report.done.append(f"{row.id}  {row.queue}  {name}  {row.code}")
        else:
            report.refused[row.id] = f"Dead letter {row.id} is {row.state} already."


def _every(wanted: Wanted) -> Iterator[DeadLetter]:
    cursor: str | None = None
    while True:
        page = ledger.list_letters(wanted=wanted, page=PageRequest(cursor, MAX_LIMIT))
        yield from page.items
        if page.next is None:
            return
        cursor = page.next
