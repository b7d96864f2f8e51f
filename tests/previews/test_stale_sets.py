"""Sets that wait too long: claimed once in a while, and given up at last."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.previews import services
from apps.previews.contracts import Subject
from tests.conftest import NOON
from tests.previews.acting import at_once, make
from tests.previews.builders import a_recording, a_waiting_set, announced

pytestmark = pytest.mark.usefixtures("indexes")


class TestClaimStale:
    def test_finds_what_waits_too_long(self) -> None:
        old = a_waiting_set(since=NOON - services.STALE_AFTER - timedelta(seconds=1))
        a_waiting_set(since=NOON - services.STALE_AFTER + timedelta(seconds=1))

        claimed = services.claim_stale(now=NOON)

        assert [stale.subject_id for stale in claimed] == [old.subject_id]

    def test_claims_it_once_a_while(self) -> None:
        a_waiting_set(since=NOON - timedelta(hours=1))

        claimed = [
            services.claim_stale(now=NOON + timedelta(minutes=minute)) for minute in (0, 1, 11)
        ]

        assert [len(stale) for stale in claimed] == [1, 0, 1]

    def test_claims_it_for_one_of_many(self) -> None:
        waiting = [a_waiting_set(since=NOON - timedelta(hours=1)) for _ in range(20)]

        claimed = at_once(4, lambda: services.claim_stale(now=NOON))

        ids = sorted(stale.subject_id for found in claimed for stale in found)
        assert ids == sorted(one.subject_id for one in waiting)

    def test_leaves_what_is_done_alone(self) -> None:
        make(a_recording())

        assert services.claim_stale(now=NOON + timedelta(days=1)) == []

    @pytest.mark.parametrize("subject", list(Subject))
    def test_gives_up_what_was_tried_too_often(self, subject: Subject) -> None:
        old = a_waiting_set(
            subject=subject,
            since=NOON - timedelta(hours=1),
            attempt=services.MOST_ATTEMPTS[subject],
        )

        claimed = services.claim_stale(now=NOON)

        assert claimed == []
        assert [one["code"] for one in announced(old)] == ["gave-up"]
