"""The desk of shared clips: what failed and why, stopped or deleted by those who may."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.previews.contracts import ShareState
from apps.previews.documents.shares import Share
from tests.accounts.builders import a_staff_member
from tests.admin.test_desk import listed, signed_in, text
from tests.previews.builders import a_recording
from tests.previews.test_shares import a_share, the_share

pytestmark = pytest.mark.django_db

DESK = "/admin/previews/sharedesk/"
RIGHTS = ("previews.view_sharedesk", "previews.cancel_share", "previews.remove_share")


def an_operator(*rights: str) -> Client:
    return signed_in(a_staff_member(*(rights or RIGHTS)))


def perform(client: Client, action: str, chosen: Share) -> str:
    answer = client.post(
        f"{DESK}do/{action}/", {"row": f"{chosen.pk} x", "confirmed": "1"}, follow=True
    )
    return text(answer)


class TestShareDesk:
    def test_finds_a_clip_by_state_code_and_recording_and_says_why(self) -> None:
        failed, waiting = a_share(a_recording(), state=ShareState.FAILED), a_share(a_recording())
        failed.error = {"code": "text-not-writable", "detail": "no font here has '東'"}
        failed.save()
        operator = an_operator()

        for search, expected in (
            ("failed", failed),
            ("text-not-writable", failed),
            (waiting.recording_id, waiting),
        ):
            assert listed(operator.get(DESK, {"q": search})) == [str(expected.pk)]
        assert "A text cannot be written" in text(operator.get(f"{DESK}{failed.pk}/"))

    def test_stops_and_deletes(self) -> None:
        share, operator = a_share(a_recording()), an_operator()

        stopped = perform(operator, "cancel", share)
        state = the_share(str(share.pk)).state
        deleted = perform(operator, "remove", share)

        assert ("1 shared clip cancelled" in stopped, state) == (True, ShareState.CANCELLED)
        assert "1 shared clip deleted" in deleted
        assert the_share(str(share.pk)).state == ShareState.REMOVED

    def test_is_for_those_who_may(self) -> None:
        assert an_operator("previews.view_previewdesk").get(DESK).status_code == 403
