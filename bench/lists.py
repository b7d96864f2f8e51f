"""`broadcasts.list_growth`: the public list at 200,000 broadcasts against that at 2,000.

The median of pages of the door, first pages and pages from the middle, of everything, of what is
on air and of what is over; in the document server that MONGODB_URL names, or in the embedded one,
each size in a database of its own.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from bench.processes import Actor, actor
from bench.rounds import interleave
from bench.rows import Row

FEW: Final = 2_000
MANY: Final = 200_000
FILL_S: Final = 900.0
ANSWER_S: Final = 300.0


def measure() -> list[Row]:
    with ExitStack() as stack:
        many, few = (
            stack.enter_context(
                actor("bench.on_django", "bench.catalogue", str(size), env=_apart(size))
            )
            for size in (MANY, FEW)
        )
        for reader in (many, few):
            _told(reader, "fill", within_s=FILL_S)
        grown, before = interleave(
            "broadcasts.list_growth", lambda: _told(many, "page"), lambda: _told(few, "page")
        )
    return [
        Row(
            name="broadcasts.list_growth",
            value=grown,
            unit="ms a page",
            baseline=before,
            baseline_name=f"the same page at {FEW:,} broadcasts",
            goal=1.3,
            better="lower",
        )
    ]


def _told(reader: Actor, word: str, *, within_s: float = ANSWER_S) -> float:
    reader.tell(word)
    return float(reader.hear(within_s=within_s))


def _apart(size: int) -> dict[str, str]:
    """Return a database of its own on the server there is."""
    url = urlsplit(os.environ["MONGODB_URL"])
    return {"MONGODB_URL": urlunsplit(url._replace(path=f"/bench-lists-{size}"))}
