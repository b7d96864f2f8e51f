"""Who is killed and when, by dice that can be thrown again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.journeys.troupe import CONSUMERS, FORKING, RELAYS, WORKERS, Troupe
from tests.services import wait_until

# Who was killed last may still be starting.
COMES_BACK_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Blows:
    """How many of each, spread at random over a span; stores are restarted once each."""

    within_s: float
    children: int
    workers: int
    relays: int
    consumers: int


def wreak(troupe: Troupe, blows: Blows, seed: int) -> None:
    """Kill and restart until all blows have fallen; each falls on what is there."""
    dice = random.Random(f"chaos {seed}")  # noqa: S311 (to be had again)
    acts = _acts(troupe, blows, dice)
    dice.shuffle(acts)
    moments = sorted(dice.uniform(0, blows.within_s) for _ in acts)
    began = time.monotonic()
    for moment, act in zip(moments, acts, strict=True):
        time.sleep(max(0.0, began + moment - time.monotonic()))
        act()


def _acts(troupe: Troupe, blows: Blows, dice: random.Random) -> list[Callable[[], None]]:
    def on(kill: Callable[[], bool]) -> None:
        assert wait_until(kill, within_s=COMES_BACK_S), "nobody came back to be killed"

    def child() -> None:
        on(lambda: troupe.kill_child(dice.choice(FORKING), dice.randrange(2)))

    def one_of(names: tuple[str, ...]) -> Callable[[], None]:
        return lambda: on(lambda: troupe.kill(dice.choice(names)))

    stores = {troupe.broker, "redis"}  # where one carries messages too, it is restarted once
    return [
        *[child] * blows.children,
        *[one_of(WORKERS)] * blows.workers,
        *[one_of(RELAYS)] * blows.relays,
        *[one_of(CONSUMERS)] * blows.consumers,
        *[lambda name=name: troupe.restart(name) for name in sorted(stores)],
    ]
