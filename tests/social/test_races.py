"""Writes that must have one winner, tried by many threads at once on the document server."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from apps.social import rules
from apps.social.documents.connections import ConsentRequest, YouTubeConnection
from apps.social.documents.quota import QuotaDay
from apps.social.documents.uploads import YouTubeUpload
from tests.social.builders import ADA, Studio, state_of

T = TypeVar("T")

CALLERS = 8


def all_at_once(call: Callable[[int], T], times: int = CALLERS) -> list[T]:
    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(call, range(times)))


class TestOneWinner:
    def test_claims_an_upload(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()

        claimed = all_at_once(
            lambda n: YouTubeUpload.objects.claim(upload_id, holder=f"task {n}", now=studio.now)
        )

        assert sum(found is not None for found in claimed) == 1

    def test_uses_a_consent(self) -> None:
        studio = Studio()
        url = studio.begin()
        assert state_of(url)
        digest = ConsentRequest.objects.get().state_hash

        taken = all_at_once(lambda _: ConsentRequest.objects.take(digest, now=studio.now))

        assert sum(found is not None for found in taken) == 1

    def test_adds_the_upload_of_a_recording(self) -> None:
        studio = Studio()
        studio.a_connection()
        recording = studio.a_recording()

        made = all_at_once(lambda _: studio.request(recording).id)

        assert len(set(made)) == 1
        assert len(YouTubeUpload.objects) == 1

    def test_hands_an_overdue_upload_out(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        later = studio.now + rules.QUEUE_GRACE

        picked = all_at_once(lambda _: YouTubeUpload.objects.requeue(upload_id, now=later))

        assert sum(picked) == 1

    def test_opens_a_connection(self) -> None:
        studio = Studio()

        all_at_once(lambda _: studio.a_connection())

        assert YouTubeConnection.objects(user_id=ADA).count() == 1


class TestTheQuotaDay:
    def test_counts_to_a_hundred_whoever_asks(self) -> None:
        taken = all_at_once(lambda _: QuotaDay.objects.take("2026-11-23"), times=120)

        assert sum(taken) == rules.UPLOADS_A_DAY
        assert QuotaDay.objects.get(id="2026-11-23").used == rules.UPLOADS_A_DAY
