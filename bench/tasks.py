"""`tasks.*`: empty tasks through our worker, through a plain Celery worker, and raw kombu.

Both workers live through all rounds, as one process with the threads and the prefetch of our pool
for short tasks: there a task costs least, so what we add to it weighs most. Each has a quorum
queue, which is filled while nobody consumes from it. Both log at INFO into a file.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import Final

from bench.processes import ROOT, Actor, Failed, actor
from bench.rounds import progress, take_turns
from bench.rows import Row
from bench.task_actors import PLAIN_QUEUE
from workers import worker

ROUNDS: Final = 9
TASKS: Final = 800  # a round; short ones, as a shared machine is not the same for long
POOL: Final = "push.bulk"
LOGS: Final = ROOT / "var" / "bench-tasks"
READY_S: Final = 120.0
DONE_S: Final = 120.0
PLAIN: Final = "plain Celery worker: same broker settings, acknowledgement, prefetch and pool"


def measure() -> list[Row]:
    taken, published = _rates()
    progress(f"tasks.publish  ours {published['ours']:.1f}  plain {published['plain']:.1f}")
    return [
        a_row("tasks.overhead", taken["ours"], taken["plain"], PLAIN, goal=0.85),
        a_row("tasks.publish", published["ours"], published["plain"], PLAIN, goal=0.85),
        a_row(
            "tasks.vs_kombu",
            taken["ours"],
            taken["kombu"],
            "raw kombu: consume and acknowledge the same messages, same queue and prefetch",
            goal=0.23,
        ),
    ]


def a_row(name: str, value: float, baseline: float, baseline_name: str, *, goal: float) -> Row:
    return Row(
        name=name,
        value=value,
        unit="tasks/s",
        baseline=baseline,
        baseline_name=baseline_name,
        goal=goal,
        better="higher",
    )


@contextmanager
def a_worker(role: str, pool: str, *, tasks: int) -> Iterator[Actor]:
    """Run one side's worker until the block ends; it is up, and consumes nothing yet."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{role}.log"
    with actor(*command(role, pool, tasks), env=_environment(), log=log) as started:
        started.tell("ready")
        started.hear(within_s=READY_S)
        yield started


def command(role: str, pool: str, tasks: int) -> list[str]:
    """Return a worker's module and arguments: plain Celery gets what our pool stands for."""
    if role == "ours":
        return ["bench.on_django", "bench.our_worker", str(tasks), pool]
    table = replace(worker.BY_NAME[pool], name=PLAIN_QUEUE)
    celery = [*worker.command_line(table, name=role), "--loglevel", "INFO"]
    return ["bench.task_actors", role, str(tasks), *celery]


def _rates() -> tuple[dict[str, float], dict[str, float]]:
    """Return tasks/s consumed, and tasks/s published, by side."""
    pool = worker.BY_NAME[POOL]
    prefetch = str(pool.prefetch * pool.concurrency)
    published: dict[str, list[float]] = {"ours": [], "plain": []}
    with ExitStack() as stack:
        ours, plain = (
            stack.enter_context(a_worker(role, POOL, tasks=TASKS)) for role in ("ours", "plain")
        )
        kombu = stack.enter_context(
            actor("bench.task_actors", "raw-kombu", str(TASKS), prefetch, env=_environment())
        )
        sides: dict[str, Callable[[], float]] = {
            "ours": partial(_rate, ours, ours, published["ours"]),
            "plain": partial(_rate, plain, plain, published["plain"]),
            "kombu": partial(_rate, ours, kombu, []),
        }
        taken = take_turns("tasks.overhead", sides, rounds=ROUNDS)
    return taken, {side: statistics.median(each) for side, each in published.items()}


def _rate(giver: Actor, taker: Actor, published: list[float]) -> float:
    """Fill the queue, keep at which rate; return the rate at which it was emptied."""
    giver.tell("fill")
    published.append(TASKS / float(giver.hear(within_s=DONE_S)))
    taker.tell("take")
    return (TASKS - 1) / float(taker.hear(within_s=DONE_S))


def _environment() -> dict[str, str]:
    if "AMQP_URL" not in os.environ:
        raise Failed("AMQP_URL names no RabbitMQ; run through `make bench`")
    return {
        "BROKER_URL": os.environ["AMQP_URL"],
        "DJANGO_SETTINGS_MODULE": "bench.task_settings",
        "LOG_LEVEL": "INFO",
    }
