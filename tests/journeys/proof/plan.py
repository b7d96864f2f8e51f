"""What is asked for and what must come of it, the same for all who know count and seed.

An effect is named by what it is for ("doze 17"), and known outside by the key it came under: each
name must have come under one key, however often it was tried.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from kit.letters import Code

# Of a thousand tasks; what is left of them dozes.
SHARES: Final = {
    "quick": 200,
    "wait": 250,
    "hurry": 100,
    "pass_on": 50,
    "slice": 20,
    "stumble": 12,
}
POISONED: Final = {
    "fail": Code.FAILED,
    "die": Code.KILLED_ITS_PROCESS,
    "overstay": Code.TIMED_OUT,
    "bad_arguments": Code.BAD_ARGUMENTS,
    "tomorrows": Code.UNKNOWN_TASK,
    "unreadable": Code.UNREADABLE,
}
POISONED_EACH: Final = 2
SLICES: Final = 3
STUMBLES: Final = 2
NAMES: Final = {
    "wait": "default.proof.wait",
    "stumble": "default.proof.stumble",
    "hurry": "push.urgent.proof.hurry",
    "bad_arguments": "streams.proof.doze",
}

# What happens to each parcel, and in how many writes.
LIFE: Final = ("opened", "moved", "painted", "moved", "moved", "painted", "moved", "sold")
CHOKES_AT: Final = 4
WRITES: Final = (3, 1, 2, 2)
CONTEXT_QUEUE: Final = "events.journeys"

Letter = tuple[str, str, str]  # queue, name, code


@dataclass(frozen=True, slots=True)
class Job:
    """One message to a pool. `raw` is a body that is no task."""

    id: str
    name: str
    arguments: dict[str, Any]
    effects: tuple[str, ...] = ()
    code: Code | None = None
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Step:
    """One write to one parcel: the kinds of its events, the first of which has this number."""

    parcel: str
    number: int
    kinds: tuple[str, ...]


@dataclass(slots=True)
class Expected:
    """What must have been seen at the end."""

    effects: Counter[str] = field(default_factory=Counter)
    letters: Counter[Letter] = field(default_factory=Counter)


def jobs(count: int, seed: int) -> list[Job]:
    dice = random.Random(f"jobs {seed}")  # noqa: S311 (to be had again)
    kinds = [kind for kind in POISONED for _ in range(POISONED_EACH)]
    for kind, share in SHARES.items():
        kinds += [kind] * (count * share // 1000)
    kinds += ["doze"] * (count - len(kinds))
    dice.shuffle(kinds)
    return [_job(kind, number, dice) for number, kind in enumerate(kinds)]


def steps(events: int, seed: int) -> list[Step]:
    """Return the writes in their order, those of different parcels mixed."""
    dice = random.Random(f"steps {seed}")  # noqa: S311
    order = [parcel for parcel in parcels(events) for _ in WRITES]
    dice.shuffle(order)
    writes = {parcel: _writes(parcel) for parcel in order}
    return [next(writes[parcel]) for parcel in order]


def parcels(events: int) -> list[str]:
    return [f"parcel-{number}" for number in range(events // len(LIFE))]


def spoilt(events: int) -> list[str]:
    """Return the parcels whose outbox gets something that is no event."""
    return parcels(events)[5 : 5 + POISONED_EACH]


def no_events() -> list[bytes]:
    """Return the bodies of messages to the exchange of events that nobody can read."""
    return [f"{{ event {number}".encode() for number in range(POISONED_EACH)]


def expected(tasks: int, events: int, seed: int) -> Expected:
    found = Expected()
    for job in jobs(tasks, seed):
        found.effects.update(job.effects)
        if job.code:
            found.letters[_queue_of(job), "" if job.raw else job.name, job.code] += 1
    for step in steps(events, seed):
        for number, kind in enumerate(step.kinds, start=step.number):
            if kind == "choked":
                found.letters[CONTEXT_QUEUE, "proof.choked", Code.FAILED] += 1
            found.effects.update(_effects_of(step.parcel, number, kind))
    found.letters[CONTEXT_QUEUE, "", Code.UNREADABLE] += len(no_events())
    found.letters["relay", "", Code.UNREADABLE] += len(spoilt(events))
    return found


def noted(parcel: str, number: int) -> str:
    return f"{parcel} event {number} noted"


def surveyed(parcel: str) -> str:
    return f"{parcel} surveyed"


def handed_over(parcel: str) -> str:
    return f"{parcel} handed over"


def dried(parcel: str, number: int) -> str:
    return f"{parcel} event {number} dried"


def is_wet(parcel: str, number: int) -> bool:
    return parcel.endswith("7") and number == LIFE.index("painted") + 1


def _job(kind: str, number: int, dice: random.Random) -> Job:
    what = f"{kind} {number}"
    job_id = f"job-{number}"
    name = NAMES.get(kind, f"streams.proof.{kind}")
    arguments: dict[str, Any] = {"what": what}
    if kind == "unreadable":
        return Job(job_id, name, {}, raw=f"[ {what}".encode(), code=POISONED[kind])
    if kind == "bad_arguments":
        return Job(job_id, name, {"what": number, "seconds": 0.0}, code=POISONED[kind])
    if kind in POISONED:
        return Job(job_id, name, arguments, code=POISONED[kind])
    if kind in {"doze", "wait"}:
        arguments["seconds"] = round(dice.uniform(0.03, 0.05), 3)
    if kind == "stumble":
        arguments["times"] = STUMBLES
    if kind == "slice":
        effects = tuple(f"{what} slice {one}" for one in range(1, SLICES + 1))
        return Job(job_id, name, {"what": what, "slices": SLICES}, effects)
    effects = (what, f"{what} passed on") if kind == "pass_on" else (what,)
    return Job(job_id, name, arguments, effects)


def _queue_of(job: Job) -> str:
    return "push.urgent" if job.name.startswith("push.urgent.") else job.name.partition(".")[0]


def _writes(parcel: str) -> Iterator[Step]:
    life = list(LIFE)
    if parcel in {f"parcel-{number}" for number in range(POISONED_EACH)}:
        life[CHOKES_AT - 1] = "choked"
    first = 0
    for count in WRITES:
        yield Step(parcel, first + 1, tuple(life[first : first + count]))
        first += count


def _effects_of(parcel: str, number: int, kind: str) -> list[str]:
    if kind == "choked":
        return []
    more = {
        "opened": surveyed(parcel),
        "sold": handed_over(parcel),
        "painted": dried(parcel, number),
    }
    return [noted(parcel, number), *([more[kind]] if kind in more else [])]
