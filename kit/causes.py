"""What causes the work that is being queued: an event in delivery, or a task that runs.

A redelivered event runs its subscriber again, and a task that was killed or failed runs again; the
tasks they queue get the ids they had before.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid5

from kombu.utils import json as wire

# Random once; another one would give the tasks of all events new ids.
_NAMESPACE: Final = UUID("6d0c0f0a-5a53-4d3e-9a0c-6a3b2f0d7e41")


@dataclass(frozen=True, slots=True)
class Cause:
    """One delivery of an event to one subscriber, or one run of a task: its id, and who acts."""

    id: str
    by: str
    _queued: Counter[str] = field(default_factory=Counter, compare=False, repr=False)


_current: ContextVar[Cause | None] = ContextVar("cause", default=None)


def current() -> Cause | None:
    """Return what is being delivered or run, or None outside of both."""
    return _current.get()


@contextmanager
def bind(cause_id: str, by: str) -> Iterator[Cause]:
    """Be inside one delivery until the block ends; each time anew, as a retry counts from one."""
    cause = Cause(cause_id, by)
    token = _current.set(cause)
    try:
        yield cause
    finally:
        _current.reset(token)


def task_id(name: str, kwargs: Mapping[str, object]) -> str | None:
    """Return the id of the task this delivery queues now, or None outside any.

    The same cause, task and arguments give the same id; the second identical call
    within a delivery gives another one, which is again the same after a redelivery.

    Raises:
        TypeError: an argument cannot travel: kombu's JSON does not know it.

    """
    cause = _current.get()
    if cause is None:
        return None
    said = wire.dumps([name, dict(kwargs)], sort_keys=True)
    cause._queued[said] += 1  # noqa: SLF001 (a counter of this module)
    whole = [cause.id, cause.by, said, cause._queued[said]]  # noqa: SLF001
    return str(uuid5(_NAMESPACE, json.dumps(whole)))
