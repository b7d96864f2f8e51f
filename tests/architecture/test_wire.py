"""The wire format of every event against the one kept in `golden/`."""

from __future__ import annotations

import importlib
import json
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

import apps
from clients.demo.clips import ROOT
from kit.events import Event
from kit.management.commands import events
from tests.architecture.test_shape import every
from tests.architecture.wire import incompatibilities, sample

GOLDEN = Path(__file__).parent / "golden"
for _found in pkgutil.walk_packages(apps.__path__, "apps."):
    importlib.import_module(_found.name)


@pytest.mark.parametrize("kind", events.kinds(), ids=lambda kind: kind.key)
class TestAnEvent:
    def test_stays_readable_and_is_written_as_before(self, kind: type[Event]) -> None:
        golden = GOLDEN / f"{kind.key}.json"

        assert golden.exists(), f"write {golden.name}: {json.dumps(sample(kind))}"
        assert incompatibilities(json.loads(golden.read_text()), kind) == []

    def test_is_kept_with_all_its_fields(self, kind: type[Event]) -> None:
        golden = json.loads((GOLDEN / f"{kind.key}.json").read_text())

        assert golden == sample(kind), f"extend golden/{kind.key}.json: {json.dumps(sample(kind))}"


def test_no_event_went_away() -> None:
    """Its queue may hold messages; take it out of `golden` a release after nobody announces it."""
    assert {path.stem for path in GOLDEN.glob("*.json")} == {kind.key for kind in events.kinds()}


def test_no_two_events_share_a_key() -> None:
    named: dict[str, set[str]] = {}
    for kind in every(Event):
        if kind.__module__.startswith("apps."):
            named.setdefault(kind.key, set()).add(f"{kind.__module__}.{kind.__qualname__}")

    assert {key: names for key, names in named.items() if len(names) > 1} == {}


def test_the_table_of_events_is_the_one_in_the_docs() -> None:
    assert (ROOT / "docs" / "events.md").read_text() == events.markdown()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung(Event):
    key: ClassVar[str] = "bell.rung"

    tune: str
    times: int
    note: str = ""


def golden() -> dict[str, Any]:
    written: dict[str, Any] = json.loads(json.dumps(sample(Rung)))
    return written


@dataclass(frozen=True, kw_only=True, slots=True)
class WithOptional(Event):
    key: ClassVar[str] = "bell.rung"

    tune: str
    times: int
    note: str = ""
    volume: int = 11


@dataclass(frozen=True, kw_only=True, slots=True)
class WithRequired(Event):
    key: ClassVar[str] = "bell.rung"

    tune: str
    times: int
    volume: int
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Without(Event):
    key: ClassVar[str] = "bell.rung"

    tune: str
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class WithType(Event):
    key: ClassVar[str] = "bell.rung"

    tune: str
    times: str
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class WithFloat(Event):
    key: ClassVar[str] = "bell.rung"

    tune: str
    times: float
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class WithKey(Event):
    key: ClassVar[str] = "bell.tolled"

    tune: str
    times: int
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class WithMeaning(Event):
    key: ClassVar[str] = "bell.rung"

    tune: str
    times: int
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "tune", self.tune.upper())


class TestIncompatibilities:
    @pytest.mark.parametrize("kind", [Rung, WithOptional])
    def test_are_none_where_nothing_or_an_optional_field_was_added(
        self, kind: type[Event]
    ) -> None:
        assert incompatibilities(golden(), kind) == []

    @pytest.mark.parametrize(
        ("kind", "because"),
        [
            (WithRequired, "`volume` is new and has no default; old messages lack it"),
            (Without, "`times` is gone; old readers need it"),
            (WithType, "`times` was int and is str"),
            (WithFloat, "`times` was int and is float"),
            (WithKey, "the key was bell.rung"),
            (WithMeaning, "`tune` was 'text' and reads as 'TEXT'"),
        ],
    )
    def test_name_what_would_break(self, kind: type[Event], because: str) -> None:
        [told] = incompatibilities(golden(), kind)

        assert told == f"{kind.key}: {because}. A changed meaning is a new key."

    def test_name_what_older_envelopes_had(self) -> None:
        older = {**golden(), "sender": "somebody"}

        assert "the envelope lost `sender`" in incompatibilities(older, Rung)[0]
