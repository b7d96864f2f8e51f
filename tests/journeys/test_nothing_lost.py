"""The proof: processes are killed and stores restarted under load, and every effect is seen once.

On RabbitMQ nothing is lost, what is killed is handed out again at once, and only what is poisoned
becomes a dead letter. On the embedded Redis nothing is lost either, but what a killed process held
comes back only after the visibility timeout (8 s here, 30 minutes by default), so events of one
document may change their order; and Redis itself must end in peace: what its file did not hold yet
would die with a killed one.

PROOF_SEED=… plays one run's plan and blows again; how the processes meet them is theirs.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from tests.journeys import chaos
from tests.journeys.chaos import Blows
from tests.journeys.observer import Observer, an_observer
from tests.journeys.part import START_S
from tests.journeys.proof import plan
from tests.journeys.troupe import Troupe, a_troupe
from tests.services import wait_until

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]

DRAIN_S: Final = 120.0
# Effects may be complete before the last dead letter is; then it is looked for so often.
LOOK_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """How much is asked for, and what happens meanwhile."""

    broker: str
    tasks: int
    events: int
    blows: Blows


ON_RABBITMQ: Final = Scene(
    broker="rabbitmq",
    tasks=2_000,
    events=2_000,
    blows=Blows(within_s=75, children=40, workers=5, relays=5, consumers=5),
)
ON_REDIS: Final = Scene(
    broker="redis",
    tasks=500,
    events=504,
    blows=Blows(within_s=40, children=12, workers=3, relays=3, consumers=3),
)


@dataclass(slots=True)
class Outcome:
    """What a run came to."""

    scene: Scene
    expected: plan.Expected
    effects: list[str] = field(default_factory=list)
    letters: list[dict[str, Any]] = field(default_factory=list)
    outboxes: list[Any] = field(default_factory=list)
    ready: dict[str, int] = field(default_factory=dict)
    fallen: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


RABBITMQ: Final = pytest.param(ON_RABBITMQ, id="rabbitmq", marks=pytest.mark.rabbitmq)
REDIS: Final = pytest.param(ON_REDIS, id="redis")


@pytest.fixture(scope="module", params=[RABBITMQ, REDIS])
def outcome(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    scene: Scene = request.param
    seed = int(os.environ.get("PROOF_SEED") or random.SystemRandom().randrange(1_000_000))
    home = tmp_path_factory.mktemp(f"proof-{scene.broker}")
    outcome = play(scene, seed, home)
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        sys.stdout.write("\n" + "\n".join(outcome.told) + "\n")
    return outcome


class TestEveryEffect:
    def test_was_seen_exactly_once(self, outcome: Outcome) -> None:
        seen = Counter(outcome.effects)

        assert outcome.expected.effects - seen == Counter(), "missing"
        assert seen - outcome.expected.effects == Counter(), "seen under another key as well"

    # Redis has no single active consumer, so it promises no order where two consume
    @pytest.mark.parametrize("outcome", [RABBITMQ], indirect=True)
    def test_of_one_document_was_seen_first_in_its_order(self, outcome: Outcome) -> None:
        orders: dict[str, list[int]] = {}
        for what in outcome.effects:
            if what.endswith(" noted"):
                parcel, _, number, _ = what.split()
                orders.setdefault(parcel, []).append(int(number))

        assert {name: one for name, one in orders.items() if one != sorted(one)} == {}


class TestDeadLetters:
    def test_are_the_poisoned_ones(self, outcome: Outcome) -> None:
        found = Counter((row["queue"], row["name"], row["code"]) for row in outcome.letters)

        assert found == outcome.expected.letters


class TestAfterwards:
    def test_nothing_is_left_anywhere(self, outcome: Outcome) -> None:
        assert outcome.outboxes == []
        assert outcome.ready == {}

    def test_nobody_had_ended_who_was_not_killed(self, outcome: Outcome) -> None:
        assert outcome.fallen == []


def play(scene: Scene, seed: int, home: Path) -> Outcome:
    """Ask for everything while the blows fall, wait until it is quiet, and look around."""
    outcome = Outcome(scene, plan.expected(scene.tasks, scene.events, seed))
    with an_observer() as (observer, address):
        with a_troupe(home, broker=scene.broker, observer=address) as troupe:
            asked = ask_for_everything(troupe, scene, seed)
            began = time.monotonic()
            is_drained = wait_until(lambda: is_quiet(outcome, observer, troupe), within_s=DRAIN_S)
            drained_s = time.monotonic() - began
            outcome.letters, outcome.outboxes = troupe.letters(), troupe.outboxes()
            troupe.dismiss()
            outcome.ready = troupe.ready()
            outcome.fallen = troupe.fallen
        outcome.effects = observer.effects()
        drained = f"drained in {drained_s:.1f} s" if is_drained else f"not drained in {DRAIN_S} s"
        outcome.told = told(scene, seed, drained, asked, troupe, observer)
    return outcome


def ask_for_everything(troupe: Troupe, scene: Scene, seed: int) -> str:
    """Let the publisher publish under blows; return its last words."""
    facts = {
        "tasks": scene.tasks,
        "events": scene.events,
        "seed": seed,
        "within-s": int(scene.blows.within_s),
    }
    words = [word for name, value in facts.items() for word in (f"--{name}", str(value))]
    publisher = troupe.manage("publisher", "proof", *words)
    publisher.start()
    assert publisher.says_more("begun", 0, within_s=START_S), publisher.tail()
    chaos.wreak(troupe, scene.blows, seed)
    assert wait_until(lambda: not publisher.is_running, within_s=60), publisher.tail()
    said = publisher.tail().strip().splitlines()[-1]
    assert said.startswith("asked for everything"), publisher.tail()
    return said


def is_quiet(outcome: Outcome, observer: Observer, troupe: Troupe) -> bool:
    if len(observer.effects()) < outcome.expected.effects.total() or troupe.outboxes():
        return False
    time.sleep(LOOK_S)
    return len(troupe.letters()) >= outcome.expected.letters.total()


def told(
    scene: Scene, seed: int, drained: str, asked: str, troupe: Troupe, observer: Observer
) -> list[str]:
    """Return the numbers of a run, for people."""
    again: Counter[str] = Counter()
    for what, times in observer.absorbed.items():
        again[what.split()[-1] if what.startswith("parcel") else what.split()[0]] += times
    absorbed = ", ".join(f"{count} {kind}" for kind, count in again.most_common())
    kills = ", ".join(f"{count} {name}" for name, count in sorted(troupe.kills.items()))
    return [
        f"{scene.broker}, PROOF_SEED={seed}: {scene.tasks} tasks and {scene.events} events",
        f"  killed or restarted: {kills}",
        f"  {asked}",
        f"  {again.total()} effects came again and were absorbed ({absorbed})",
        f"  {len(observer.effects())} effects, {drained}",
    ]
