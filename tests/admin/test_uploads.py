"""The desk of uploads: how far they came, why one failed, stopped by those who may."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from apps.streams.documents.uploads import Upload
from apps.streams.rules.uploads import STATES
from kit.admin import PAGE_ROWS
from kit.ids import new_id
from tests.accounts.builders import a_person, a_staff_member
from tests.admin.test_desk import listed, signed_in, text
from tests.streams.builders import an_upload

pytestmark = pytest.mark.django_db

DESK = "/admin/streams/uploaddesk/"
CANCEL = f"{DESK}do/cancel/"
VIEW, CANCEL_RIGHT = "streams.view_uploaddesk", "streams.cancel_upload"


def an_operator() -> Client:
    return signed_in(a_staff_member(VIEW, CANCEL_RIGHT))


def a_failed_upload() -> str:
    upload_id = an_upload(state="failed")
    Upload.objects(id=upload_id).update(
        set__code="upload-not-a-video", set__error="This is no video we can play: a song."
    )
    return upload_id


class TestList:
    def test_shows_how_far_each_came_and_when_it_expires(self) -> None:
        an_upload(creator_id=a_person("ada"), received_bytes=12_000_000)

        shown = text(an_operator().get(DESK))

        for said in ("A day", "@ada", "uploading", "30 %", "40.0 MB", "in 1 hour"):
            assert said in shown

    def test_says_why_one_failed_and_that_it_expires_no_more(self) -> None:
        a_failed_upload()

        shown = text(an_operator().get(DESK))

        assert "upload-not-a-video This is no video we can play: a song." in shown
        assert "in 1" not in shown

    def test_finds_each_state_by_its_name(self) -> None:
        made = {state: an_upload(state=state) for state in STATES}
        operator = an_operator()

        found = {state: listed(operator.get(DESK, {"q": state})) for state in STATES}

        assert found == {state: [upload_id] for state, upload_id in made.items()}
        assert "Nothing matches “lost”." in text(operator.get(DESK, {"q": "lost"}))

    def test_offers_each_state(self) -> None:
        body = an_operator().get(DESK).content.decode()

        assert re.findall(r'href="\?q=(\w+)"', body) == list(STATES)

    def test_finds_one_by_its_id_and_a_creators_by_theirs(self) -> None:
        ada = a_person("ada")
        first, second = an_upload(creator_id=ada), an_upload(creator_id=ada)
        an_upload(creator_id=a_person("eve"))
        operator = an_operator()

        assert listed(operator.get(DESK, {"q": first})) == [first]
        assert listed(operator.get(DESK, {"q": ada})) == sorted([first, second], reverse=True)

    @pytest.mark.parametrize("search", ["", "stored"])
    def test_pages_the_newest_first(self, search: str) -> None:
        made = [an_upload(state="stored") for _ in range(PAGE_ROWS + 2)]
        operator = an_operator()

        first = operator.get(DESK, {"q": search})
        (following,) = re.findall(r'rel="next" href="([^"]+)"', first.content.decode())
        rest = operator.get(DESK + following.replace("&amp;", "&"))

        assert len(listed(first)) == PAGE_ROWS
        assert listed(first) + listed(rest) == sorted(made, reverse=True)
        assert b'rel="next"' not in rest.content

    def test_says_when_there_is_nothing(self) -> None:
        assert "Nobody uploaded a video yet." in text(an_operator().get(DESK))

    def test_stands_in_the_sidebar_of_those_who_may_look(self) -> None:
        assert DESK in an_operator().get("/admin/").content.decode()

    def test_is_for_nobody_else(self) -> None:
        stranger = signed_in(a_staff_member("streams.view_recordingdesk"))

        assert stranger.get(DESK).status_code == 403
        assert DESK not in stranger.get("/admin/").content.decode()


class TestOneUpload:
    def test_shows_why_it_failed_and_what_it_became(self) -> None:
        upload_id = a_failed_upload()
        Upload.objects(id=upload_id).update(set__filename="day.mov", set__recording_id="01REC")

        shown = text(an_operator().get(f"{DESK}{upload_id}/"))

        for said in (upload_id, "upload-not-a-video", "a song.", "day.mov", "01REC"):
            assert said in shown

    def test_that_is_none_is_not_found(self) -> None:
        assert an_operator().get(f"{DESK}{new_id()}/").status_code == 404


class TestCancel:
    def test_asks_first(self) -> None:
        upload_id = an_upload()

        answer = an_operator().post(CANCEL, {"row": f"{upload_id} A day"})

        assert "What arrived of it is deleted" in text(answer)
        assert Upload.objects.get(id=upload_id).state == "uploading"

    def test_stops_it_and_says_who_did(self) -> None:
        upload_id, staff = an_upload(), a_staff_member(VIEW, CANCEL_RIGHT)
        operator = signed_in(staff)

        answer = operator.post(CANCEL, {"row": upload_id, "confirmed": "yes"}, follow=True)

        assert "1 upload cancelled." in text(answer)
        assert Upload.objects.get(id=upload_id).state == "cancelled"
        assert f"Cancelled by {staff.pk}" in text(operator.get(f"{DESK}{upload_id}/"))

    def test_is_offered_only_while_one_comes(self) -> None:
        coming = an_upload()
        for state in STATES[1:]:
            an_upload(state=state)

        body = an_operator().get(DESK).content.decode()

        assert re.findall(r'type="checkbox"[^>]* value="(\w+) ', body) == [coming]

    @pytest.mark.parametrize("state", STATES[1:])
    def test_is_refused_by_one_that_comes_no_more(self, state: str) -> None:
        upload_id = an_upload(state=state)

        answer = an_operator().post(CANCEL, {"row": upload_id, "confirmed": "yes"}, follow=True)

        assert f"Upload {upload_id} is {state}." in text(answer)
        assert Upload.objects.get(id=upload_id).state == state

    def test_is_for_whoever_may(self) -> None:
        upload_id, client = an_upload(), signed_in(a_staff_member(VIEW))

        answer = client.post(CANCEL, {"row": upload_id, "confirmed": "yes"})

        assert answer.status_code == 403
        assert Upload.objects.get(id=upload_id).state == "uploading"
        assert "Cancel upload" not in text(client.get(DESK))
