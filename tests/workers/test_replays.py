"""`manage.py events_replay` and the store it reads."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from kombu import Connection
from ulid import ULID

from kit import broker, published
from kit.documents import announce
from kit.published import Published, Span
from tests.conftest import NOON
from tests.workers.bells import Ear, Rang
from tests.workers.letters import taken
from workers.deliveries import REPLAY

HOUR = timedelta(hours=1)


def kept(*, at: datetime = NOON, key: str = Rang.key) -> Published:
    """Keep an event that was announced at a moment."""
    event_id = str(ULID.from_datetime(at))
    envelope = {**announce(Rang(at=at, tune="taps"))[0], "id": event_id, "key": key}
    one = Published(event_id, key, json.dumps(envelope).encode())
    published.keep([one])
    return one


def run(*arguments: str) -> tuple[str, str]:
    """Return what the command says on stdout and on stderr."""
    out, err = StringIO(), StringIO()
    call_command("events_replay", "--to", "tests", *arguments, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue().strip()


def waiting(
    connection: Connection, name: str = "events.tests"
) -> list[tuple[bytes, dict[str, Any]]]:
    return taken(connection, name)


class TestCommand:
    def test_sends_nothing_without_yes(self, on_broker: Connection, ear: Ear) -> None:
        kept()
        kept(key="another.key")

        said, _ = run("--since", NOON.isoformat())

        assert said == "1 events would go to tests, 1 are not for it; --yes sends them."
        assert waiting(on_broker) == []

    def test_sends_the_bytes_of_a_span_to_one_context_in_order(
        self, on_broker: Connection, ear: Ear
    ) -> None:
        kept(at=NOON - HOUR)
        second, first = kept(at=NOON + HOUR), kept(at=NOON)
        kept(at=NOON + 2 * HOUR)

        said, progress = run(
            *("--since", NOON.isoformat(), "--until", (NOON + 2 * HOUR).isoformat(), "--yes"),
        )

        found = waiting(on_broker)
        assert [body for body, _ in found] == [first.body, second.body]
        [replay] = {headers[REPLAY] for _, headers in found}
        assert said == f"2 of 2 events sent to tests, 0 were not for it (replay {replay})."
        assert progress == "2 events sent …"
        others = [name for name in broker.queue_names() if name != "events.tests"]
        assert {depth.name for depth in broker.depths() if depth.ready} & set(others) == set()

    def test_sends_one_event_and_reports_to_machines(
        self, on_broker: Connection, ear: Ear
    ) -> None:
        kept()
        wanted = kept(at=NOON + HOUR)

        said, _ = run("--event-id", wanted.id, "--key", Rang.key, "--yes", "--json")

        report = json.loads(said)
        assert (report["found"], report["wanted"], report["sent"]) == (1, 1, 1)
        assert [body for body, _ in waiting(on_broker)] == [wanted.body]

    def test_sends_more_than_a_page(
        self, on_broker: Connection, ear: Ear, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(published, "_PAGE", 2)
        events = [kept(at=NOON + number * HOUR) for number in range(5)]

        run("--since", NOON.isoformat(), "--yes")

        assert [body for body, _ in waiting(on_broker)] == [one.body for one in events]

    @pytest.mark.usefixtures("ear")
    @pytest.mark.parametrize(
        ("arguments", "because"),
        [
            (["--since", "2026-11-23", "--key", "broadcast.live"], "does not listen to"),
            (["--key", Rang.key], "Say --since or --event-id"),
            (["--to", "nobody", "--since", "2026-11-23"], "nobody listens to nothing"),
            (["--since", "noon"], "no ISO 8601 moment"),
        ],
    )
    def test_refuses_what_is_hardly_meant(self, arguments: list[str], because: str) -> None:
        with pytest.raises(CommandError, match=because):
            run(*arguments)


class TestStore:
    def test_keeps_an_event_once(self) -> None:
        first, second = kept(), kept(at=NOON + HOUR)

        published.keep([first, Published(first.id, "x", b"{}"), second])
        published.keep([])

        assert list(published.find(Span())) == [first, second]

    def test_counts_and_finds_alike(self) -> None:
        kept()
        wanted = kept(at=NOON + HOUR, key="another.key")
        span = Span(since=NOON, key="another.key")

        assert (published.count(span), list(published.find(span))) == (1, [wanted])

    def test_lets_go_of_what_is_older_than_the_days_it_is_kept(self, settings: Any) -> None:
        settings.EVENTS_KEPT_DAYS = 2
        kept(at=NOON - timedelta(days=2, seconds=1))
        young = kept(at=NOON - timedelta(days=2))

        assert published.prune(NOON) == 1
        assert list(published.find(Span())) == [young]

    def test_knows_the_lowest_id_of_a_moment(self) -> None:
        moment = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)

        before = str(ULID.from_datetime(moment - timedelta(milliseconds=1)))
        at = str(ULID.from_datetime(moment))

        assert before < published.lowest_id(moment) <= at
