"""What may change in an event's wire format: fields may be added with a default, and no more.

While a release rolls out, old readers get new messages and new readers get old ones, and what
waits in queues, outboxes and dead letters was written by whichever release ran then.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, Field, fields
from typing import Any, Final

from kit.events import Event

NOON_TEXT: Final = "2026-11-23T12:00:00+00:00"
_BASE: Final = frozenset(Event.__dataclass_fields__)
_SAMPLES: Final[dict[str, Any]] = {"str": "text", "int": 1, "float": 1.5, "bool": True}
_SAMPLES["list[int]"] = [1]


def sample(kind: type[Event]) -> dict[str, Any]:
    """Return the wire form of an event with one plain value a type."""
    envelope = {"id": "01EVENT", "at": NOON_TEXT, "request_id": "request"}
    own = {one.name: _sample_of(one) for one in _own_fields(kind)}
    return kind.read({**envelope, "data": own}).envelope()


def incompatibilities(golden: dict[str, Any], kind: type[Event]) -> list[str]:
    """Return why readers and messages of the release that wrote `golden` would break; or nothing.

    `golden` is the wire form kept in the repository: what older releases write and read.
    """
    old: dict[str, Any] = golden["data"]
    now = {one.name: one for one in _own_fields(kind)}
    found = [f"the key was {golden['key']}"] * (golden["key"] != kind.key)
    found += [f"`{name}` is gone; old readers need it" for name in old if name not in now]
    found += [
        f"`{name}` was {_type_of(value)} and is {_type_of(_sample_of(now[name]))}"
        for name, value in old.items()
        if name in now and type(value) is not type(_sample_of(now[name]))
    ]
    found += [
        f"`{name}` is new and has no default; old messages lack it"
        for name, one in now.items()
        if name not in old and _is_required(one)
    ]
    found += _envelope_changes(golden, kind) if not found else []
    return [f"{kind.key}: {one}. A changed meaning is a new key." for one in found]


def _envelope_changes(golden: dict[str, Any], kind: type[Event]) -> list[str]:
    written: dict[str, Any] = json.loads(json.dumps(sample(kind)))
    found = [f"the envelope lost `{name}`" for name in golden if name not in written]
    try:
        again = kind.read(golden).envelope()
    except (KeyError, TypeError, ValueError) as failure:
        return [*found, f"what was written can no longer be read: {failure!r}"]
    return found + [
        f"`{name}` was {value!r} and reads as {again['data'].get(name)!r}"
        for name, value in golden["data"].items()
        if again["data"].get(name) != value
    ]


def _own_fields(kind: type[Event]) -> list[Field[Any]]:
    return [one for one in fields(kind) if one.name not in _BASE]


def _sample_of(one: Field[Any]) -> Any:
    return _SAMPLES[str(one.type).split(" |")[0]]


def _is_required(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _type_of(value: object) -> str:
    return type(value).__name__
