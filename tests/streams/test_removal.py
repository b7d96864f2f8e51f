"""Retention and removal: what goes, what stays, and when its files follow."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from apps.streams.documents.recordings import Recording
from apps.streams.errors import RecordingHeld
from apps.streams.services import removal
from kit import locks
from tests.conftest import NOON
from tests.streams.builders import ADA, a_live_broadcast, a_stored_recording, an_ended_broadcast
from tests.streams.workshops import Stage

DAY = timedelta(days=1)
BOB = "01BOB00000000000000000000B"


def a_recording_by(creator_id: str, *, days_old: int) -> str:
    broadcast_id = a_live_broadcast(creator_id=creator_id).broadcast_id
    made = a_stored_recording(broadcast_id)
    made.update(set__stored_at=NOON - days_old * DAY)
    return str(made.id)


def left() -> set[str]:
    return {str(found.id) for found in Recording.objects(state__ne="removed")}


class TestExpireRecordings:
    def test_removes_what_is_older_than_the_rule(self) -> None:
        a_recording_by(ADA, days_old=31)
        young = a_recording_by(ADA, days_old=29)

        gone = [removal.expire_recordings(days=30, now=NOON) for _ in range(2)]

        assert (gone, left()) == ([1, 0], {young})

    def test_keeps_everything_without_a_rule(self) -> None:
        old = a_recording_by(ADA, days_old=9_000)

        assert removal.expire_recordings(days=0, now=NOON) == 0
        assert left() == {old}

    def test_obeys_a_creators_own_rule_first(self) -> None:
        a_recording_by(ADA, days_old=8)
        kept = a_recording_by(BOB, days_old=365)
        removal.set_retention(creator_id=ADA, days=7)
        removal.set_retention(creator_id=BOB, days=0)

        removal.expire_recordings(days=30, now=NOON)

        assert left() == {kept}

    def test_forgets_a_creators_rule(self) -> None:
        old = a_recording_by(ADA, days_old=8)
        removal.set_retention(creator_id=ADA, days=7)
        removal.set_retention(creator_id=ADA, days=None)

        removal.expire_recordings(days=30, now=NOON)

        assert left() == {old}


class TestPurge:
    @pytest.fixture
    def stage(self, tmp_path: Path) -> Stage:
        return Stage(tmp_path)

    @pytest.fixture
    def stored(self, stage: Stage) -> str:
        broadcast_id = an_ended_broadcast()
        stage.parts.leave(broadcast_id, b"one")
        return str(stage.store(broadcast_id).id)

    def test_deletes_all_of_it_once(self, stage: Stage, stored: str) -> None:
        removal.remove_recording(recording_id=stored, by=ADA, reason="creator", now=NOON)

        gone = [
            removal.purge_recording(recording_id=stored, workshop=stage.workshop) for _ in range(2)
        ]

        found = Recording.objects.get(id=stored)
        assert (gone, stage.vault.files) == ([1, 0], {})
        assert (found.purged_at, found.due_at, found.storage_name) == (NOON, None, "")

    def test_leaves_what_nobody_removed(self, stage: Stage, stored: str) -> None:
        assert removal.purge_recording(recording_id=stored, workshop=stage.workshop) == 0
        assert len(stage.vault.files) == 1

    def test_waits_for_who_works_on_it(self, stage: Stage, stored: str) -> None:
        removal.remove_recording(recording_id=stored, by=ADA, reason="creator", now=NOON)

        with locks.held(f"recording:{stored}"), pytest.raises(RecordingHeld):
            removal.purge_recording(recording_id=stored, workshop=stage.workshop)

    def test_of_what_staff_removed_waits_for_an_appeal(self, stage: Stage, stored: str) -> None:
        removal.remove_recording(recording_id=stored, by="", reason="staff", now=NOON)
        stage.clock.move(29 * DAY)
        early = removal.purge_recording(recording_id=stored, workshop=stage.workshop)
        stage.clock.move(2 * DAY)
        late = removal.purge_recording(recording_id=stored, workshop=stage.workshop)

        assert (early, late) == (0, 1)


class TestRemoveOfCreator:
    def test_reaches_all_of_theirs_and_no_others(self) -> None:
        a_recording_by(ADA, days_old=1)
        a_recording_by(ADA, days_old=2)
        others = a_recording_by(BOB, days_old=1)

        gone = [
            removal.remove_of_creator(creator_id=ADA, by=ADA, reason="account", now=NOON)
            for _ in range(2)
        ]

        assert (gone, left()) == ([2, 0], {others})
