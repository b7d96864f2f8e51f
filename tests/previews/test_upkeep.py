"""What the clock and operators put right: missing sets, sets of what is gone, older engines."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.core.management.base import CommandError
from mongoengine.connection import get_db
from typing_extensions import override

from apps.previews import public as previews
from apps.previews import tasks
from apps.previews.contracts import Backlog, State, Subject
from apps.previews.documents.sets import PreviewSet
from apps.streams.events import BroadcastRemoved, RecordingRemoved
from kit.broker import pool_of
from tests.conftest import NOON
from tests.previews.builders import a_recording_in_storage, a_waiting_set, the_set
from tests.previews.queues import happened, queued
from tests.streams.builders import ADA, an_ended_broadcast
from workers.schedule import EVERY_S

pytestmark = pytest.mark.usefixtures("indexes", "engine", "queues")


class TestTheClock:
    def test_waits_behind_nothing_that_computes(self) -> None:
        assert [name for name in EVERY_S if pool_of(name) in {"previews", "media"}] == []


class TestAudit:
    def test_expects_what_is_missing(self) -> None:
        known, missing = a_recording_in_storage(), a_recording_in_storage()
        previews.make_recording_set(recording_id=known)

        tasks.audit()

        assert the_set(Subject.RECORDING, missing).state == State.PENDING
        assert queued() == [("previews.make_recording_set", {"recording_id": missing})]

    def test_begins_a_few_at_a_time_and_they_wait_for_their_turn(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("apps.previews.public.upkeep.BEGUN", 2)
        recordings = sorted(a_recording_in_storage() for _ in range(3))
        rounds = []

        for _ in range(2):
            tasks.audit()
            rounds.append([arguments["recording_id"] for _, arguments in queued()])

        assert rounds == [recordings[:2], recordings[2:]]
        assert previews.count_backlog() == Backlog(fresh=0, backfill=3)

    def test_begins_nothing_while_somebody_waits(self) -> None:
        waiting = a_waiting_set()
        missing = a_recording_in_storage()

        tasks.audit()
        meanwhile = queued()
        waiting.delete()
        tasks.audit()

        assert meanwhile == []
        assert queued() == [("previews.make_recording_set", {"recording_id": missing})]

    def test_takes_down_what_is_of_nothing_any_more(self) -> None:
        gone, there = a_recording_in_storage(), a_recording_in_storage()
        for recording_id in (gone, there):
            previews.make_recording_set(recording_id=recording_id)
        files = the_set(Subject.RECORDING, gone).shown.names()
        get_db()["recordings"].delete_one({"_id": gone})

        tasks.audit()

        assert the_set(Subject.RECORDING, gone).state == State.REMOVED
        assert the_set(Subject.RECORDING, there).state == State.READY
        assert not any(default_storage.exists(name) for name in files)

    def test_walks_on_from_where_it_was(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("apps.previews.public.upkeep.AUDITED", 1)
        recordings = sorted(a_recording_in_storage() for _ in range(2))

        for _ in range(2):
            tasks.audit()

        assert [arguments["recording_id"] for _, arguments in queued()] == recordings


class TestWhatIsRemoved:
    def test_takes_its_recordings_previews_along(self) -> None:
        broadcast_id = an_ended_broadcast()
        recording_id = a_recording_in_storage(broadcast_id)
        previews.make_recording_set(recording_id=recording_id)
        happened(
            BroadcastRemoved(
                at=NOON,
                broadcast_id=broadcast_id,
                creator_id=ADA,
                title="Launch",
                removed_by=ADA,
                reason="creator",
            )
        )
        ((name, arguments),) = queued()

        tasks.take_down(**arguments)

        assert name == "previews.take_down"
        assert the_set(Subject.RECORDING, recording_id).state == State.REMOVED

    def test_takes_down_a_recording_that_was_removed_alone(self) -> None:
        gone, there = a_recording_in_storage(), a_recording_in_storage()
        for recording_id in (gone, there):
            previews.make_recording_set(recording_id=recording_id)
        happened(
            RecordingRemoved(
                at=NOON,
                recording_id=gone,
                broadcast_id=the_set(Subject.RECORDING, gone).broadcast_id,
                creator_id=ADA,
                reason="retention",
            )
        )
        ((name, arguments),) = queued()

        tasks.take_down(**arguments)

        assert name == "previews.take_down"
        assert the_set(Subject.RECORDING, gone).state == State.REMOVED
        assert the_set(Subject.RECORDING, there).state == State.READY


class TestBackfill:
    def test_only_counts_without_a_yes(self) -> None:
        a_recording_in_storage()

        told = backfill()

        assert told == {"seen": 1, "begun": 1, "total": 1, "is_dry": True}
        assert len(PreviewSet.objects) == 0

    def test_begins_what_needs_it_and_passes_over_the_rest(self) -> None:
        done, missing = a_recording_in_storage(), a_recording_in_storage()
        previews.make_recording_set(recording_id=done)
        work = Working()

        told = backfill("--yes", "--per-minute", "6000", progress=work)

        assert (told["seen"], told["begun"]) == (2, 1)
        assert "2/2 looked at, 1 begun" in work.getvalue()
        assert the_set(Subject.RECORDING, missing).state == State.READY
        assert backfill() == {"seen": 2, "begun": 0, "total": 2, "is_dry": True}

    def test_refuses_a_rate_that_never_ends(self) -> None:
        with pytest.raises(CommandError):
            backfill("--yes", "--per-minute", "0")


class Working(StringIO):
    """A terminal that does what is queued whenever progress is shown, as a worker would."""

    @override
    def isatty(self) -> bool:
        return True

    @override
    def write(self, text: str) -> int:
        for _, arguments in queued():
            tasks.make_recording_set(**arguments)
        return super().write(text)


def backfill(*arguments: str, progress: StringIO | None = None) -> Any:
    out = StringIO()
    call_command(
        "previews_backfill", "--json", *arguments, stdout=out, stderr=progress or StringIO()
    )
    return json.loads(out.getvalue())
