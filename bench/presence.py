"""`presence.heartbeats_s`: the door of a heartbeat against a bare ZADD of the same Redis client.

One process asks both, one after the other on one connection. Each heartbeat is one of a session
that spoke more than a second ago, so that all of it is counted: none takes the short way.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from bench.processes import actor
from bench.rounds import interleave
from bench.rows import Row

ANSWER_S: Final = 120.0


def measure() -> list[Row]:
    with actor("bench.on_django", "bench.audience") as client:

        def told(word: str) -> float:
            client.tell(word)
            return float(client.hear(within_s=ANSWER_S))

        told("fill")
        ours, bare = interleave(
            "presence.heartbeats_s", partial(told, "beat"), partial(told, "zadd")
        )
    return [
        Row(
            name="presence.heartbeats_s",
            value=ours,
            unit="heartbeats/s",
            baseline=bare,
            baseline_name="bare ZADD of the same client",
            goal=0.3,
            better="higher",
        )
    ]
