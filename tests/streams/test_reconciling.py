"""The sweeper's half of the ledger: what it hands out, when, and whom it tells."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from apps.streams.contracts import DueWork
from apps.streams.documents.recordings import Recording
from apps.streams.errors import RecordingPartsMissing
from apps.streams.queries.recordings import count_alerted, count_watched
from apps.streams.services import reconciling, recordings, removal, renditions, storing
from tests.conftest import NOON
from tests.streams.builders import a_live_broadcast, an_ended_broadcast
from tests.streams.workshops import Stage

MINUTE = timedelta(minutes=1)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def works(*, after: timedelta) -> list[str]:
    return [due.work for due in reconciling.claim_due(now=NOON + after)]


class TestClaimDue:
    def test_hands_out_what_stalled_once(self) -> None:
        ended = an_ended_broadcast()
        recording_id = recordings.expect_recording(broadcast_id=ended, now=NOON)

        first = reconciling.claim_due(now=NOON + 3 * MINUTE)
        second = reconciling.claim_due(now=NOON + 3 * MINUTE)

        assert first == [DueWork(work="store", broadcast_id=ended, subject_id=recording_id)]
        assert second == []

    def test_leaves_alone_what_is_on_air_however_long(self) -> None:
        live = a_live_broadcast()
        recordings.expect_recording(broadcast_id=live.broadcast_id, now=NOON)

        assert [works(after=nth * 60 * MINUTE) for nth in range(1, 4)] == [[], [], []]

    def test_comes_back_later_after_every_try(self) -> None:
        recordings.expect_recording(broadcast_id=an_ended_broadcast(), now=NOON)

        handed = [nth for nth in range(120) if works(after=nth * MINUTE)]

        gaps = [later - sooner for sooner, later in pairwise(handed)]
        assert gaps == sorted(gaps)
        assert 4 <= len(handed) <= 7

    def test_names_the_work_that_is_left(self, stage: Stage) -> None:
        ended = an_ended_broadcast()
        stage.parts.leave(ended, b"one")
        stored = stage.store(ended)

        left = [works(after=3 * MINUTE)]
        renditions.make_renditions(recording_id=stored.id, workshop=stage.workshop)
        left.append(works(after=timedelta(hours=23)))
        left.append(works(after=timedelta(hours=25)))
        removal.remove_recording(recording_id=stored.id, by="", reason="creator", now=NOON)
        left.append(works(after=3 * MINUTE))

        assert left == [["publish"], [], ["tidy"], ["purge"]]


class TestAnAlert:
    def test_is_raised_once_a_step(self, stage: Stage) -> None:
        ended = an_ended_broadcast()
        recordings.expect_recording(broadcast_id=ended, now=NOON)

        with capture_logs() as said:
            for minutes in range(0, 180, 5):
                works(after=minutes * MINUTE)
            stage.parts.leave(ended, b"one")
            recordings.store_recording(broadcast_id=ended, workshop=stage.workshop)
            for minutes in range(0, 180, 5):
                works(after=minutes * MINUTE)

        stuck = [line["state"] for line in said if line["event"] == "recording stuck"]
        assert stuck == ["expected", "found"]
        assert count_alerted() == 1

    def test_is_over_when_the_recording_is_stored(self, stage: Stage) -> None:
        ended = an_ended_broadcast()
        recordings.expect_recording(broadcast_id=ended, now=NOON)
        for minutes in range(0, 60, 5):
            works(after=minutes * MINUTE)
        before = count_alerted()

        stage.parts.leave(ended, b"one")
        stage.store(ended)

        assert (before, count_alerted()) == (1, 0)

    def test_counts_what_failed_until_somebody_mends_it(self, stage: Stage) -> None:
        ended = an_ended_broadcast()
        stage.parts.leave(ended, b"not video")
        stage.store(ended)

        assert count_alerted() == 1


class TestWhatIsFinished:
    def test_is_due_for_nobody_whatever_it_once_was(self, stage: Stage) -> None:
        ended = an_ended_broadcast()
        stage.parts.leave(ended, b"one")
        stored = stage.store(ended)
        Recording.objects(id=stored.id).update(set__alerted="stored")
        storing.tidy(recording_id=stored.id, workshop=stage.workshop)

        told = recordings.retry_recording(recording_id=stored.id, now=NOON)

        assert (told, count_alerted()) == (False, 0)
        assert {state: count for state, count, _ in count_watched()}["stored"] == 0


class TestTheGauge:
    def test_counts_what_is_on_its_way_by_state_with_the_oldest(self, stage: Stage) -> None:
        waiting = an_ended_broadcast()
        with pytest.raises(RecordingPartsMissing):
            stage.store(waiting)
        done = an_ended_broadcast()
        stage.parts.leave(done, b"one")
        stored = stage.store(done)
        renditions.make_renditions(recording_id=stored.id, workshop=stage.workshop)

        counted = {state: (count, since) for state, count, since in count_watched()}

        assert counted["expected"] == (1, NOON)
        assert counted["stored"] == (0, None)

    def test_does_not_wait_for_a_ladder_that_was_given_up(self, stage: Stage) -> None:
        ended = an_ended_broadcast()
        stage.parts.leave(ended, b"one")
        Recording.objects(id=stage.store(ended).id).update(set__ladder="failed")

        assert {state: count for state, count, _ in count_watched()}["stored"] == 0
