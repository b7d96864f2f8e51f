"""The previews desk: what failed and why, made anew or stopped by those who may."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client, override_settings

from apps.previews import public as previews
from apps.previews import wiring
from apps.previews.contracts import State, Subject
from apps.previews.documents.sets import PreviewSet
from apps.previews.errors import PreviewNotFound
from tests.accounts.builders import a_staff_member
from tests.admin.test_desk import listed, signed_in, text
from tests.previews.builders import a_recording_in_storage, the_set
from tests.streams.builders import an_ended_broadcast

pytestmark = pytest.mark.django_db

DESK = "/admin/previews/previewdesk/"
RIGHTS = (
    *("previews.view_previewdesk", "previews.regenerate_preview", "previews.cancel_preview"),
)


@pytest.fixture(autouse=True)
def _maker() -> Iterator[None]:
    with override_settings(PREVIEWS_MAKER=("memory.MemoryMaker", {})):
        wiring.maker.cache_clear()
        yield
    wiring.maker.cache_clear()


def an_operator(*rights: str) -> Client:
    return signed_in(a_staff_member(*(rights or RIGHTS)))


def a_set(content: bytes = b"video") -> PreviewSet:
    recording_id = a_recording_in_storage(an_ended_broadcast(), content=content)
    previews.make_recording_set(recording_id=recording_id)
    return the_set(Subject.RECORDING, recording_id)


def perform(client: Client, action: str, chosen: PreviewSet) -> str:
    answer = client.post(
        f"{DESK}do/{action}/", {"row": f"{chosen.pk} x", "confirmed": "1"}, follow=True
    )
    return text(answer)


class TestList:
    def test_shows_what_failed_and_finds_it_by_code_state_and_id(self) -> None:
        failed, made = a_set(b""), a_set()
        operator = an_operator()

        assert "not-a-video" in text(operator.get(DESK))
        for search, expected in (
            ("failed", failed),
            ("not-a-video", failed),
            (made.subject_id, made),
            (made.broadcast_id, made),
        ):
            assert listed(operator.get(DESK, {"q": search})) == [str(expected.pk)]

    def test_is_for_those_who_may(self) -> None:
        assert an_operator("streams.view_broadcastdesk").get(DESK).status_code == 403


class TestDetail:
    def test_says_why_in_a_sentence(self) -> None:
        shown = text(an_operator().get(f"{DESK}{a_set(b'').pk}/"))

        assert "The file is not a video we know: it is empty." in shown

    def test_shows_what_is_shown_beside_what_was_before(self) -> None:
        made = a_set()
        previews.regenerate(subject="recording", subject_id=made.subject_id)
        previews.make_recording_set(recording_id=made.subject_id)

        body = an_operator().get(f"{DESK}{made.pk}/").content.decode()

        assert body.count("<video") == 6
        assert 'data-side="Shown now"' in body
        assert 'data-side="Before"' in body


class TestActions:
    def test_make_a_set_anew_and_stop_it_again(self) -> None:
        made, operator = a_set(), an_operator()

        begun = perform(operator, "regenerate", made)
        refused = perform(operator, "regenerate", made)
        waiting = the_set(Subject.RECORDING, made.subject_id).state
        stopped = perform(operator, "cancel", made)

        assert "1 preview queued" in begun
        assert "is being made already" in refused
        assert waiting == State.PENDING
        assert "1 preview cancelled" in stopped
        assert the_set(Subject.RECORDING, made.subject_id).state == State.READY

    def test_know_no_set_that_is_not_there(self) -> None:
        with pytest.raises(PreviewNotFound):
            previews.get_for_staff(set_id="01M8C68QEQQF7JGEAQXRNHX67Z")
