"""`events.path`: outbox → relay → exchange → consumer → subscriber, against raw kombu.

Both sides use two processes, the same RabbitMQ, a quorum queue, persistent messages, confirms,
prefetch and acknowledgement as the product has them, and bodies of the same size. The baseline
waits for each confirm before it goes on; the relay waits for those of a wave.
All four processes live through all rounds, so that none of their starts is measured.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import partial
from typing import Final

from bench.processes import Actor, Failed, actor
from bench.rounds import interleave
from bench.rows import Row

ROUNDS: Final = 6
EVENTS: Final = 500  # a round; short ones, as a shared machine's disk is not the same for long
DOCUMENTS: Final = 250
READY_S: Final = 120.0
DONE_S: Final = 120.0


def measure() -> list[Row]:
    if "AMQP_URL" not in os.environ:
        raise Failed("AMQP_URL names no RabbitMQ; run through `make bench`")
    env = {"BROKER_URL": os.environ["AMQP_URL"], "LOG_LEVEL": "WARNING"}
    with ExitStack() as stack:
        relay, consumer, giver, taker = (
            stack.enter_context(
                actor(
                    *("bench.on_django", "bench.event_actors"),
                    *(role, str(EVENTS), str(DOCUMENTS)),
                    env=env,
                )
            )
            for role in ("relay", "consumer", "kombu-producer", "kombu-consumer")
        )
        ours, baseline = interleave(
            "events.path",
            partial(_rate, relay, consumer),
            partial(_rate, giver, taker),
            rounds=ROUNDS,
        )
    return [
        Row(
            name="events.path",
            value=ours,
            unit="events/s",
            baseline=baseline,
            baseline_name="raw kombu: publish with confirms + consume, same broker, quorum queue",
            goal=0.4,
            better="higher",
        )
    ]


def _rate(giver: Actor, taker: Actor) -> float:
    """Return events/s from the first one looked at to the last one handed over."""
    for one in (taker, giver):
        one.tell("prepare")
        one.hear(within_s=READY_S)
    for one in (taker, giver):
        one.tell("go")
    began, ended = giver.hear(within_s=DONE_S), taker.hear(within_s=DONE_S)
    return EVENTS / float(ended - began)
