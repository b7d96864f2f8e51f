"""Sets that wait too long: claimed once in a while, and given up at last."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.previews.adapters.memory import MemoryMaker
from apps.previews.contracts import Backlog, Subject
from apps.previews.documents.sets import PreviewSet
from apps.previews.errors import NotAVideo
from apps.previews.queries import sets as queries
from apps.previews.services import jobs, keeping, upkeep
from tests.conftest import NOON
from tests.previews.acting import at_once, make
from tests.previews.builders import a_recording, a_waiting_set, announced

pytestmark = pytest.mark.usefixtures("indexes")


class TestClaimStale:
    def test_finds_what_waits_too_long(self) -> None:
        old = a_waiting_set(since=NOON - upkeep.STALE_AFTER - timedelta(seconds=1))
        a_waiting_set(since=NOON - upkeep.STALE_AFTER + timedelta(seconds=1))

        claimed = upkeep.claim_stale(now=NOON)

        assert [stale.subject_id for stale in claimed] == [old.subject_id]

    def test_claims_it_once_a_while(self) -> None:
        a_waiting_set(since=NOON - timedelta(hours=1))

        claimed = [
            upkeep.claim_stale(now=NOON + timedelta(minutes=minute)) for minute in (0, 1, 11)
        ]

        assert [len(stale) for stale in claimed] == [1, 0, 1]

    def test_claims_it_for_one_of_many(self) -> None:
        waiting = [a_waiting_set(since=NOON - timedelta(hours=1)) for _ in range(20)]

        claimed = at_once(4, lambda: upkeep.claim_stale(now=NOON))

        ids = sorted(stale.subject_id for found in claimed for stale in found)
        assert ids == sorted(one.subject_id for one in waiting)

    def test_leaves_what_is_done_alone(self) -> None:
        make(a_recording())

        assert upkeep.claim_stale(now=NOON + timedelta(days=1)) == []

    @pytest.mark.parametrize("subject", list(Subject))
    def test_gives_up_what_was_tried_too_often(self, subject: Subject) -> None:
        old = a_waiting_set(
            subject=subject,
            since=NOON - timedelta(hours=1),
            tries=jobs.MOST_TRIES[subject],
        )

        claimed = upkeep.claim_stale(now=NOON)

        assert claimed == []
        assert [one["code"] for one in announced(old)] == ["gave-up"]

    def test_finds_a_job_whose_maker_fell_silent(self) -> None:
        silent = a_waiting_set()
        PreviewSet.objects.of(Subject.RECORDING, silent.subject_id).begin(now=NOON)

        early = upkeep.claim_stale(now=NOON + upkeep.SILENT_AFTER)
        claimed = upkeep.claim_stale(now=NOON + upkeep.SILENT_AFTER + timedelta(seconds=1))

        assert early == []
        assert [due.subject_id for due in claimed] == [silent.subject_id]


class TestClaimOld:
    def test_begins_a_few_sets_of_an_older_engine_anew(self) -> None:
        recordings = [a_recording() for _ in range(upkeep.UPGRADES + 1)]
        for recording in recordings:
            make(recording)
        PreviewSet.objects.update(set__shown__engine=keeping.ENGINE - 1)

        claimed = [upkeep.claim_old(now=NOON) for _ in range(3)]

        assert [len(due) for due in claimed] == [upkeep.UPGRADES, 1, 0]
        assert {due.priority for due in claimed[0]} == {"backfill"}

    def test_leaves_what_is_up_to_date_alone(self) -> None:
        make(a_recording())

        assert upkeep.claim_old(now=NOON) == []


class TestBackfill:
    def test_is_for_what_has_no_set_or_an_old_one(self) -> None:
        fresh, old, missing, refused = (a_recording() for _ in range(4))
        for recording in (fresh, old):
            make(recording)
        make(refused, maker=MemoryMaker(failing=NotAVideo(detail="it is noise")))
        PreviewSet.objects.of(Subject.RECORDING, old.id).update(set__shown__engine=0)

        begun = [
            upkeep.backfill(
                recording_id=recording.id, broadcast_id=recording.broadcast_id, now=NOON
            )
            for recording in (fresh, old, missing, refused, missing)
        ]

        assert begun == [False, True, True, False, False]
        assert queries.count_backlog() == Backlog(fresh=0, backfill=2)
