"""The job of a recording's set: held by one, alive or taken over, stopped, resumed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from apps.previews.adapters.memory import MemoryMaker, MemoryShelf
from apps.previews.contracts import State, Subject
from apps.previews.documents.work import LEASE, TIDY_AFTER
from apps.previews.errors import AlreadyInWork, JobHeld, MakerDown, NothingToCancel, ShelfDown
from apps.previews.ports import Footage, Made, Tell
from apps.previews.services import sets, upkeep
from apps.streams.contracts import RecordingSummary
from tests.conftest import NOON
from tests.previews.acting import FOOTAGE, make
from tests.previews.builders import a_recording, announced, the_set

pytestmark = pytest.mark.usefixtures("indexes")


class Meanwhile(MemoryMaker):
    """A maker during whose work something else happens; then it tells that it is half done."""

    def __init__(self, happens: Callable[[], object]) -> None:
        super().__init__()
        self.happens = happens

    @override
    def make_recording_set(self, source: Footage, into: Path, tell: Tell | None = None) -> Made:
        self.happens()
        if tell:
            tell(0.5)
        return super().make_recording_set(source, into)


class FullAfter(MemoryShelf):
    """A shelf whose worker is gone after a few files: nothing is caught, as with a kill."""

    def __init__(self, files: dict[str, bytes], room: int) -> None:
        super().__init__(files)
        self.room = room

    @override
    def keep(self, source: Path, name: str, content_type: str) -> None:
        if not self.room:
            raise SystemExit("killed")
        self.room -= 1
        super().keep(source, name, content_type)


class TestAJob:
    def test_shows_that_it_runs_and_how_far_it_is(self) -> None:
        recording = a_recording()
        seen: list[tuple[str, int]] = []
        later = iter(NOON + timedelta(seconds=5 * n) for n in range(100))

        def look() -> None:
            found = the_set(Subject.RECORDING, recording.id)
            seen.append((found.state, found.progress))

        class Watched(Meanwhile):
            @override
            def make_recording_set(
                self, source: Footage, into: Path, tell: Tell | None = None
            ) -> Made:
                made = super().make_recording_set(source, into, tell)
                self.happens()
                return made

        make(recording, maker=Watched(look), clock=lambda: next(later))

        assert seen == [(State.RUNNING, 0), (State.RUNNING, 45)]
        assert the_set(Subject.RECORDING, recording.id).progress == 100

    def test_is_held_by_one(self) -> None:
        recording = a_recording()
        refused: list[JobHeld] = []

        def come_too() -> None:
            with pytest.raises(JobHeld) as held:
                make(recording, now=NOON + timedelta(seconds=5))
            refused.append(held.value)

        make(recording, maker=Meanwhile(come_too))

        assert refused[0].facts["retry_after_s"] == LEASE.total_seconds() - 5 + 1
        assert the_set(Subject.RECORDING, recording.id).revision == 1

    def test_is_taken_over_once_its_maker_was_silent_for_a_lease(self) -> None:
        recording, shelf = a_recording(), MemoryShelf(dict(FOOTAGE))
        later = NOON + LEASE + timedelta(seconds=1)
        slow = Meanwhile(lambda: make(recording, shelf=shelf, now=later))

        make(recording, maker=slow, shelf=shelf)

        taken_over = the_set(Subject.RECORDING, recording.id)
        assert (taken_over.state, taken_over.revision) == (State.READY, 1)
        assert previews_in(shelf) == set(taken_over.shown.names())

    def test_ends_when_it_is_cancelled_and_leaves_nothing(self) -> None:
        recording, shelf = a_recording(), MemoryShelf(dict(FOOTAGE))

        make(recording, maker=Meanwhile(lambda: cancel(recording)), shelf=shelf)

        cancelled = the_set(Subject.RECORDING, recording.id)
        assert (cancelled.state, cancelled.cancelled_by) == (State.CANCELLED, "ada")
        assert previews_in(shelf) == set()
        assert announced(cancelled) == []

    def test_shows_what_it_showed_before_when_it_is_cancelled(self) -> None:
        recording, shelf = a_recording(), MemoryShelf(dict(FOOTAGE))
        make(recording, shelf=shelf)
        shown = previews_in(shelf)
        regenerate(recording)

        make(recording, maker=Meanwhile(lambda: cancel(recording)), shelf=shelf)

        assert the_set(Subject.RECORDING, recording.id).state == State.READY
        assert previews_in(shelf) == shown

    def test_uses_what_a_killed_one_had_stored(self) -> None:
        recording, shelf = a_recording(), MemoryShelf(dict(FOOTAGE))
        first, second = MemoryMaker(), MemoryMaker()
        with pytest.raises(SystemExit):
            make(recording, maker=first, shelf=KilledAtTheEnd(shelf.files))

        make(recording, maker=second, shelf=shelf, now=NOON + 2 * LEASE)

        resumed = the_set(Subject.RECORDING, recording.id)
        assert (resumed.state, len(first.seen), second.seen) == (State.READY, 1, [])
        assert previews_in(shelf) == set(resumed.shown.names())

    @pytest.mark.parametrize("footage", [b"moving pictures", b"other footage by now"])
    def test_leaves_nothing_of_a_killed_one_that_had_stored_less(self, footage: bytes) -> None:
        recording = a_recording()
        files = dict(FOOTAGE)
        with pytest.raises(SystemExit):
            make(recording, shelf=FullAfter(files, room=3))
        files[recording.storage_name] = footage

        make(recording, shelf=MemoryShelf(files), now=NOON + 2 * LEASE)

        made = the_set(Subject.RECORDING, recording.id)
        assert previews_in(MemoryShelf(files)) == set(made.shown.names())

    def test_leaves_nothing_of_a_killed_one_nobody_wants_any_more(self) -> None:
        recording = a_recording()
        shelf = FullAfter(dict(FOOTAGE), room=3)
        with pytest.raises(SystemExit):
            make(recording, shelf=shelf)
        cancel(recording)

        early = upkeep.sweep(shelf=shelf, now=NOON + timedelta(seconds=1))
        swept = upkeep.sweep(shelf=shelf, now=NOON + 2 * TIDY_AFTER)

        assert early == 0  # it might still be storing
        assert swept > 0
        assert previews_in(shelf) == set()


class TestRegenerate:
    def test_makes_a_set_anew_and_keeps_the_one_before(self) -> None:
        recording, files = a_recording(), dict(FOOTAGE)
        make(recording, shelf=MemoryShelf(files))
        before = the_set(Subject.RECORDING, recording.id).shown.names()
        regenerate(recording)
        files[recording.storage_name] = b"cut anew"

        make(recording, shelf=MemoryShelf(files))

        anew = the_set(Subject.RECORDING, recording.id)
        assert (anew.state, anew.revision) == (State.READY, 2)
        assert anew.before.names() == before != anew.shown.names()
        assert [one["key"] for one in announced(anew)] == ["preview.ready"]

    def test_announces_what_heals_a_failure(self) -> None:
        recording = a_recording()
        make(recording, shelf=MemoryShelf({recording.storage_name: b""}))
        regenerate(recording)

        make(recording)

        healed = the_set(Subject.RECORDING, recording.id)
        assert [one["key"] for one in announced(healed)] == ["preview.failed", "preview.ready"]

    def test_is_refused_while_it_is_in_work(self) -> None:
        recording = a_recording()
        with pytest.raises(MakerDown):
            make(recording, maker=MemoryMaker(failing=MakerDown(detail="killed")))

        with pytest.raises(AlreadyInWork):
            regenerate(recording)


class TestCancel:
    def test_is_refused_at_rest(self) -> None:
        recording = a_recording()
        make(recording)

        with pytest.raises(NothingToCancel):
            cancel(recording)


class TestRemove:
    def test_takes_every_file_along_and_the_set_once_its_events_are_out(self) -> None:
        recording, shelf = a_recording(), MemoryShelf(dict(FOOTAGE))
        make(recording, shelf=shelf)

        removed = take_down(recording, shelf)

        gone = the_set(Subject.RECORDING, recording.id)
        assert (removed, gone.state, previews_in(shelf)) == (1, State.REMOVED, set())
        gone.update(set__outbox=[])
        upkeep.sweep(shelf=shelf, now=NOON + timedelta(seconds=1))
        assert not gone._qs.filter(id=gone.pk)

    def test_waits_for_the_storage(self) -> None:
        recording, shelf = a_recording(), MemoryShelf(dict(FOOTAGE))
        make(recording, shelf=shelf)
        shelf.down = True
        with pytest.raises(ShelfDown):
            take_down(recording, shelf)
        shelf.down = False

        upkeep.sweep(shelf=shelf, now=NOON + timedelta(seconds=1))

        assert previews_in(shelf) == set()


class KilledAtTheEnd(MemoryShelf):
    """Its worker is gone when all is stored, and nothing says so yet."""

    @override
    def keep(self, source: Path, name: str, content_type: str) -> None:
        super().keep(source, name, content_type)
        if name.endswith(".vtt"):
            raise SystemExit("killed")


def cancel(recording: RecordingSummary) -> None:
    sets.cancel(subject=Subject.RECORDING, subject_id=recording.id, by="ada", now=NOON)


def regenerate(recording: RecordingSummary) -> None:
    sets.regenerate(subject=Subject.RECORDING, subject_id=recording.id, now=NOON)


def take_down(recording: RecordingSummary, shelf: MemoryShelf) -> int:
    return upkeep.take_down(subject=Subject.RECORDING, gone=[recording.id], shelf=shelf, now=NOON)


def previews_in(shelf: MemoryShelf) -> set[str]:
    return {name for name in shelf.files if name.startswith("previews/")}
