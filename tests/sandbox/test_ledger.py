from __future__ import annotations

import json

from sandbox.ledger import BLOCK, Ledger


class TestLedger:
    def test_gives_back_what_it_was_given_in_order(self) -> None:
        ledger = Ledger()

        for number in range(2 * BLOCK + 7):
            ledger.add({"kind": "push", "text": f"línea\n{number}"})

        assert numbers(ledger) == list(range(1, 2 * BLOCK + 8))
        assert json.loads(next(ledger.lines()))["text"] == "línea\n0"

    def test_reads_on_from_any_number(self) -> None:
        ledger = a_ledger(entries=2 * BLOCK + 7)

        marks = (0, 3, BLOCK, BLOCK + 1, 2 * BLOCK + 6, 2 * BLOCK + 7, 9 * BLOCK)

        assert [len(numbers(ledger, after=mark)) for mark in marks] == [
            2 * BLOCK + 7,
            2 * BLOCK + 4,
            BLOCK + 7,
            BLOCK + 6,
            1,
            0,
            0,
        ]

    def test_forgets_the_oldest_and_says_how_many(self) -> None:
        ledger = a_ledger(entries=4 * BLOCK, max_entries=BLOCK)

        kept = numbers(ledger)

        assert len(kept) >= BLOCK
        assert kept[-1] == 4 * BLOCK
        assert ledger.dropped == 4 * BLOCK - len(kept)

    def test_stays_within_its_bytes(self) -> None:
        ledger = a_ledger(entries=10 * BLOCK, max_bytes=1)

        assert numbers(ledger) == []
        assert ledger.dropped == 10 * BLOCK

    def test_numbers_on_after_it_was_cleared(self) -> None:
        ledger = a_ledger(entries=BLOCK + 1)
        ledger.clear()

        ledger.add({"kind": "push"})

        assert numbers(ledger) == [BLOCK + 2]


def a_ledger(*, entries: int, max_entries: int = 50_000, max_bytes: int = 2**24) -> Ledger:
    ledger = Ledger(max_entries=max_entries, max_bytes=max_bytes)
    for _ in range(entries):
        ledger.add({"kind": "push"})
    return ledger


def numbers(ledger: Ledger, *, after: int = 0) -> list[int]:
    return [json.loads(line)["seq"] for line in ledger.lines(after=after)]
