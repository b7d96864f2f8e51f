"""What a creator does over HTTP with clips to be shared, and what nobody else may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings

from apps.accounts import public as accounts
from apps.previews import public as previews
from apps.previews import tasks, wiring
from apps.streams.events import RecordingRemoved
from kit.ids import new_id
from tests.conftest import NOON
from tests.gateway.builders import bearer
from tests.previews.builders import a_recording_in_storage
from tests.previews.queues import happened, queued
from tests.streams.builders import ADA, an_ended_broadcast

pytestmark = [
    pytest.mark.usefixtures("indexes", "engine", "queues", "composer"),
    pytest.mark.django_db,
]
CUT = {"start_s": 1.5, "end_s": 6, "template": "outro"}


@pytest.fixture
def composer() -> Iterator[None]:
    with override_settings(PREVIEWS_COMPOSER=("memory.MemoryMaker", {})):
        wiring.composer.cache_clear()
        yield
    wiring.composer.cache_clear()


@pytest.fixture
def recording() -> str:
    """A recording of Ada's that everyone may watch; returns its id."""
    accounts.ensure_profile(user_id=ADA, email="ada@example.org")
    return a_recording_in_storage(an_ended_broadcast())


class TestShares:
    def test_are_asked_for_made_and_looked_at(self, recording: str) -> None:
        asked = post(f"recordings/{recording}/shares", CUT)
        work = queued()
        tasks.compose_share(share_id=asked.json()["id"])

        found = get(f"shares/{asked.json()['id']}").json()
        assert (asked.status_code, asked.json()["state"]) == (202, "queued")
        assert work == [("previews.compose_share", {"share_id": found["id"]})]
        assert (found["state"], found["progress"], found["error"]) == ("ready", 100, None)
        assert (found["asset"]["kind"], found["asset"]["duration_s"]) == ("share", 4.5)
        assert found["asset"]["url"].startswith(f"/media/previews/share/{found['id']}/")

    def test_are_listed_page_by_page_newest_first(self, recording: str) -> None:
        ids = [post(f"recordings/{recording}/shares", CUT).json()["id"] for _ in range(3)]

        first = get(f"recordings/{recording}/shares?limit=2").json()
        second = get(f"recordings/{recording}/shares?limit=2&cursor={first['next']}").json()

        assert [one["id"] for one in first["items"]] == ids[:0:-1]
        assert ([one["id"] for one in second["items"]], second["next"]) == (ids[:1], None)

    def test_are_stopped_and_deleted(self, recording: str) -> None:
        share_id = post(f"recordings/{recording}/shares", CUT).json()["id"]

        stopped = post(f"shares/{share_id}/cancel")
        again = post(f"shares/{share_id}/cancel")
        deleted = Client().delete(f"/api/v1/shares/{share_id}", headers=bearer(ADA))

        assert (stopped.status_code, stopped.json()["state"]) == (200, "cancelled")
        assert (again.status_code, again.json()["code"]) == (409, "share-not-in-work")
        assert deleted.status_code == 204
        assert get(f"shares/{share_id}").json()["code"] == "share-not-found"

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            pytest.param({**CUT, "end_s": 1.6}, "bad-cut", id="too-short"),
            pytest.param({**CUT, "start_s": 30, "end_s": 50}, "cut-beyond-end", id="beyond"),
            pytest.param({**CUT, "template": "loud"}, "invalid", id="unknown-template"),
            pytest.param({**CUT, "start_s": "NaN"}, "invalid", id="no-number"),
            pytest.param({**CUT, "title": "x"}, "invalid", id="unknown-field"),
            pytest.param({"start_s": 1}, "invalid", id="no-end"),
        ],
    )
    def test_are_refused_in_words(self, recording: str, body: dict[str, Any], code: str) -> None:
        answer = post(f"recordings/{recording}/shares", body)

        assert (answer.status_code, answer.json()["code"]) == (422, code)

    def test_are_their_creators_alone(self, recording: str) -> None:
        share_id, bob = post(f"recordings/{recording}/shares", CUT).json()["id"], new_id()

        assert post(f"recordings/{recording}/shares", CUT, by=bob).status_code == 403
        assert get(f"recordings/{recording}/shares", by=bob).status_code == 403
        assert get(f"shares/{share_id}", by=bob).status_code == 404
        assert post(f"shares/{share_id}/cancel", by=bob).status_code == 404
        assert (
            Client().delete(f"/api/v1/shares/{share_id}", headers=bearer(bob)).status_code == 404
        )

    def test_go_with_their_recording(self, recording: str) -> None:
        share_id = post(f"recordings/{recording}/shares", CUT).json()["id"]
        queued()

        happened(
            RecordingRemoved(
                at=NOON,
                recording_id=recording,
                broadcast_id=new_id(),
                creator_id=ADA,
                reason="creator",
            )
        )
        (work,) = queued()
        tasks.take_down(**work[1])

        assert work[0] == "previews.take_down"
        assert get(f"shares/{share_id}").status_code == 404

    def test_are_no_ones_without_a_recording(self, recording: str) -> None:
        share_id = post(f"recordings/{recording}/shares", CUT).json()["id"]
        previews.remove_share(share_id=share_id)

        tasks.compose_share(share_id=share_id)

        assert get(f"shares/{share_id}").status_code == 404


def get(path: str, *, by: str = ADA) -> Any:
    return Client().get(f"/api/v1/{path}", headers=bearer(by))


def post(path: str, body: dict[str, Any] | None = None, *, by: str = ADA) -> Any:
    return Client().post(f"/api/v1/{path}", body or {}, "application/json", headers=bearer(by))
