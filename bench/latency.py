"""`relay.latency_p95_ms`: commit → relay → exchange → consumer → subscriber, one at a time.

Its baseline is what the broker alone takes: publish → consume over raw kombu, with a confirm, on a
quorum queue, each side in a process of its own, with the same pauses between events.
"""

from __future__ import annotations

import os
import statistics
from contextlib import ExitStack
from functools import partial
from typing import Final

from bench.processes import Actor, Failed, actor
from bench.rounds import interleave
from bench.rows import Row

ROUNDS: Final = 5
EVENTS: Final = 100  # a round
READY_S: Final = 120.0
DONE_S: Final = 120.0


def measure() -> list[Row]:
    if "AMQP_URL" not in os.environ:
        raise Failed("AMQP_URL names no RabbitMQ; run through `make bench`")
    env = {"BROKER_URL": os.environ["AMQP_URL"], "LOG_LEVEL": "WARNING"}
    with ExitStack() as stack:
        # the subscriber first: the relay is to find its queue
        subscriber, _relay, writer, taker, giver = (
            _started(stack, role, env)
            for role in ("subscriber", "relay", "writer", "kombu-consumer", "kombu-producer")
        )
        ours, baseline = interleave(
            "relay.latency_p95_ms",
            partial(_p95_ms, writer, subscriber),
            partial(_p95_ms, giver, taker),
            rounds=ROUNDS,
        )
    return [
        Row(
            name="relay.latency_p95_ms",
            value=ours,
            unit="ms",
            baseline=baseline,
            baseline_name="raw kombu: publish → consume, same broker, quorum queue",
            goal=4,
            better="lower",
        )
    ]


def _started(stack: ExitStack, role: str, env: dict[str, str]) -> Actor:
    module = ("bench.on_django", "bench.latency_actors")
    started = stack.enter_context(actor(*module, role, str(EVENTS), env=env))
    started.tell("ready")
    started.hear(within_s=READY_S)
    return started


def _p95_ms(giver: Actor, taker: Actor) -> float:
    """Return the 95th percentile of a round, from given to taken."""
    for one in (taker, giver):
        one.tell("go")
    given, came = giver.hear(within_s=DONE_S), taker.hear(within_s=DONE_S)
    took_s = [end - begin for begin, end in zip(given, came, strict=True)]
    return float(statistics.quantiles(took_s, n=20)[-1]) * 1000
