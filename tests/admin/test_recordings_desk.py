"""The recordings desk: what is on its way, what failed, and what staff do about it."""

from __future__ import annotations

from typing import Any

import pytest

from apps.streams.documents.recordings import Recording
from kit.documents import utc_now
from kit.ids import new_id
from tests.accounts.builders import a_person, a_staff_member
from tests.admin.test_desk import listed, signed_in, text
from tests.streams.builders import a_stored_recording, an_ended_broadcast

pytestmark = pytest.mark.django_db

RECORDINGS = "/admin/streams/recordingdesk/"
SEES = "streams.view_recordingdesk"


@pytest.fixture
def ada() -> str:
    return a_person("ada")


@pytest.fixture
def failed(ada: str) -> str:
    recording = a_stored_recording(an_ended_broadcast(creator_id=ada))
    Recording.objects(id=recording.id).update(
        set__state="failed", set__error="No part can be read.", set__tries=5
    )
    return str(recording.id)


@pytest.fixture
def stored(ada: str) -> str:
    return str(a_stored_recording(an_ended_broadcast(creator_id=ada)).id)


class TestTheList:
    def test_shows_whose_it_is_and_what_went_wrong(self, failed: str) -> None:
        page = signed_in(a_staff_member(SEES)).get(RECORDINGS, {"q": "failed"})

        assert listed(page) == [failed]
        for shown in ("Launch", "@ada", "failed", "No part can be read."):
            assert shown in text(page)

    def test_is_narrowed_to_a_state(self, failed: str, stored: str) -> None:
        client = signed_in(a_staff_member(SEES))

        assert listed(client.get(RECORDINGS, {"q": "stored"})) == [stored]
        assert listed(client.get(RECORDINGS, {"q": "published"})) == []

    def test_says_so_when_there_is_nothing(self) -> None:
        page = signed_in(a_staff_member(SEES)).get(RECORDINGS)

        assert "Every recording is where it belongs." in text(page)

    def test_asks_for_no_creator_by_itself(
        self, ada: str, django_assert_max_num_queries: Any
    ) -> None:
        client = signed_in(a_staff_member(SEES))
        for _ in range(5):
            a_stored_recording(an_ended_broadcast(creator_id=ada))
        client.get(RECORDINGS, {"q": "stored"})

        with django_assert_max_num_queries(5):
            page = client.get(RECORDINGS, {"q": "stored"})

        assert len(listed(page)) == 5


class TestActions:
    @pytest.mark.parametrize("name", ["retry", "remove"])
    def test_are_for_whoever_may(self, name: str) -> None:
        answer = signed_in(a_staff_member(SEES)).post(
            f"{RECORDINGS}do/{name}/", {"row": new_id(), "confirmed": "yes", "note": "x"}
        )

        assert answer.status_code == 403

    def test_let_a_failed_one_begin_again(self, failed: str) -> None:
        client = signed_in(a_staff_member(SEES, "streams.retry_recording"))
        sent = {"row": failed, "confirmed": "yes"}

        answer = client.post(f"{RECORDINGS}do/retry/", sent, follow=True)

        assert "1 recording tried again." in text(answer)
        again = Recording.objects.get(id=failed)
        assert (again.state, again.tries, again.error) == ("expected", 0, "")
        assert again.due_at <= utc_now()

    def test_remove_one_and_tell_why(self, stored: str) -> None:
        staff = a_staff_member(SEES, "streams.remove_recording")
        sent = {"row": stored, "confirmed": "yes", "note": "Rude."}

        answer = signed_in(staff).post(f"{RECORDINGS}do/remove/", sent, follow=True)

        assert "1 recording removed." in text(answer)
        gone = Recording.objects.get(id=stored)
        assert gone.state == "removed"
        told = gone.outbox[-1]
        assert told["key"] == "recording.removed"
        assert (told["data"]["removed_by"], told["data"]["note"]) == (staff.pk, "Rude.")
