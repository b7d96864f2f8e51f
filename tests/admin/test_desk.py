"""The broadcasts desk, and with it what every desk does."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.streams import public as streams
from apps.streams.documents.broadcasts import Broadcast
from kit.admin import MAX_REFUSALS_TOLD, PAGE_ROWS
from kit.ids import new_id
from tests.accounts.builders import a_person, a_staff_member
from tests.moderation.builders import a_live_broadcast
from tests.streams.builders import a_broadcast

pytestmark = pytest.mark.django_db

DESK = "/admin/streams/broadcastdesk/"
END = f"{DESK}do/end/"
VIEW, END_RIGHT = "streams.view_broadcastdesk", "streams.end_broadcast"


def signed_in(staff: User, *, checks_csrf: bool = False) -> Client:
    client = Client(enforce_csrf_checks=checks_csrf)
    client.force_login(staff)
    return client


def a_moderator() -> Client:
    return signed_in(a_staff_member(VIEW, END_RIGHT))


def text(answer: Any) -> str:
    """Return what a person reads on the page."""
    body = re.sub(r"<(script|style)\b.*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def listed(answer: Any) -> list[str]:
    return re.findall(r'data-row="(\w+)"', answer.content.decode())


class TestList:
    def test_shows_what_staff_decide_on(self) -> None:
        since = timezone.now() - timedelta(minutes=5)
        a_live_broadcast("Morning run", creator_id=a_person("ada"), live_at=since)

        answer = a_moderator().get(DESK)

        assert answer.status_code == 200
        for shown in ("Morning run", "@ada", "live", "End broadcast", "5 minutes ago"):
            assert shown in text(answer)

    def test_stands_in_the_sidebar(self) -> None:
        answer = a_moderator().get("/admin/")

        assert DESK in answer.content.decode()

    def test_escapes_what_people_wrote(self) -> None:
        a_live_broadcast("<script>alert(1)</script>", creator_id=a_person())

        body = a_moderator().get(DESK).content.decode()

        assert "<script>alert(1)" not in body
        assert "&lt;script&gt;alert(1)" in body

    def test_says_when_there_is_nothing(self) -> None:
        assert "Nobody is live" in text(a_moderator().get(DESK))

    def test_searches_titles(self) -> None:
        found = a_live_broadcast("Morning run", creator_id=a_person())
        a_live_broadcast("Evening walk", creator_id=new_id())
        client = a_moderator()

        assert listed(client.get(DESK, {"q": "morning"})) == [found]
        assert "Nothing matches “dinner”." in text(client.get(DESK, {"q": "dinner"}))

    def test_pages_by_cursor(self) -> None:
        made = [a_broadcast(title=f"Launch {number}").id for number in range(PAGE_ROWS + 2)]
        client = a_moderator()

        first = client.get(DESK)
        (following,) = re.findall(r'rel="next" href="([^"]+)"', first.content.decode())
        rest = client.get(DESK + following.replace("&amp;", "&"))

        assert len(listed(first)) == PAGE_ROWS
        assert listed(first) + listed(rest) == sorted(made, reverse=True)
        assert b'rel="next"' not in rest.content

    def test_goes_back_to_the_start_from_a_cursor_that_is_none(self) -> None:
        answer = a_moderator().get(DESK, {"cursor": "nonsense"}, follow=True)

        assert answer.redirect_chain == [(DESK, 302)]
        assert "cursor is none of ours" in text(answer)

    @pytest.mark.usefixtures("documents_away")
    def test_says_that_the_document_server_is_away(self) -> None:
        answer = a_moderator().get(DESK)

        assert answer.status_code == 503
        assert "does not answer" in text(answer)
        assert "Nobody is live" not in text(answer)


class TestPermission:
    def test_is_needed_to_look(self) -> None:
        assert signed_in(a_staff_member()).get(DESK).status_code == 403

    def test_is_needed_to_see_and_to_run_an_action(self) -> None:
        broadcast = a_live_broadcast("Morning run", creator_id=a_person())
        client = signed_in(a_staff_member(VIEW))

        assert "End broadcast" not in text(client.get(DESK))
        answer = client.post(END, {"row": broadcast, "confirmed": "yes", "note": "Rude."})

        assert answer.status_code == 403
        assert _state(broadcast) == "live"

    def test_to_act_is_not_enough_without_the_one_to_look(self) -> None:
        client = signed_in(a_staff_member(END_RIGHT))

        assert client.post(END, {"row": new_id()}).status_code == 403

    def test_sends_a_stranger_to_the_login(self) -> None:
        answer = Client().get(DESK)

        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/admin/login/")

    def test_does_not_exist_for_adding_changing_or_deleting(self) -> None:
        client = signed_in(a_staff_member(is_superuser=True))

        for path in ("add/", f"{new_id()}/change/", f"{new_id()}/delete/"):
            assert client.get(DESK + path).status_code == 404


class TestAction:
    def test_asks_first(self) -> None:
        broadcast = a_live_broadcast("Morning run", creator_id=a_person())

        answer = a_moderator().post(END, {"row": f"{broadcast} Morning run"})

        assert answer.status_code == 200
        assert "Morning run" in text(answer)
        assert "cannot be undone" in text(answer)
        assert _state(broadcast) == "live"

    def test_wants_a_reason(self) -> None:
        broadcast = a_live_broadcast("Morning run", creator_id=a_person())

        answer = a_moderator().post(END, {"row": broadcast, "confirmed": "yes", "note": " "})

        assert "This field is required." in text(answer)
        assert _state(broadcast) == "live"

    def test_ends_the_broadcast_and_says_who_and_why(self) -> None:
        broadcast = a_live_broadcast("Morning run", creator_id=a_person())
        staff = a_staff_member(VIEW, END_RIGHT)

        answer = signed_in(staff).post(
            END, {"row": broadcast, "confirmed": "yes", "note": "Rude."}, follow=True
        )

        assert answer.redirect_chain == [(DESK, 302)]
        assert "1 broadcast ended." in text(answer)
        assert _state(broadcast) == "ended"
        told = Broadcast.objects.get(id=broadcast).outbox[-1]["data"]
        assert (told["reason"], told["ended_by"], told["note"]) == ("staff", staff.pk, "Rude.")

    def test_counts_what_was_done_and_tells_what_was_refused(self) -> None:
        ada = a_person()
        rows = [a_live_broadcast(f"Run {number}", creator_id=ada) for number in range(2)]
        gone = new_id()

        answer = a_moderator().post(
            END,
            {"row": [*rows, gone], "confirmed": "yes", "note": "Rude.", "back": "q=run"},
            follow=True,
        )

        assert answer.redirect_chain == [(f"{DESK}?q=run", 302)]
        assert "2 broadcasts ended." in text(answer)
        assert f"There is no broadcast {gone}." in text(answer)

    def test_tells_how_many_were_refused_where_they_are_many(self) -> None:
        gone = [new_id() for _ in range(7)]

        answer = a_moderator().post(
            END, {"row": gone, "confirmed": "yes", "note": "Rude."}, follow=True
        )

        assert text(answer).count("There is no broadcast") == MAX_REFUSALS_TOLD
        assert "7 were refused in all." in text(answer)
        assert "ended." not in text(answer)

    @pytest.mark.waits
    @pytest.mark.usefixtures("documents_away")
    def test_tells_that_the_document_server_is_away(self) -> None:
        client, broadcast = a_moderator(), new_id()

        client.post(END, {"row": broadcast, "confirmed": "yes", "note": "Rude."})

        answer = client.get(DESK)
        assert f"{broadcast}: the document server does not answer; try again." in text(answer)

    @pytest.mark.parametrize("row", [[], ["nonsense"], ["' OR 1=1"]])
    def test_needs_a_row(self, row: list[str]) -> None:
        answer = a_moderator().post(END, {"row": row, "confirmed": "yes"}, follow=True)

        assert "No broadcast was chosen." in text(answer)

    def test_is_no_link(self) -> None:
        broadcast = a_live_broadcast("Morning run", creator_id=a_person())

        a_moderator().get(END, {"row": broadcast, "confirmed": "yes", "note": "Rude."})

        assert _state(broadcast) == "live"

    def test_cannot_be_forged_from_another_site(self) -> None:
        broadcast = a_live_broadcast("Morning run", creator_id=a_person())
        client = signed_in(a_staff_member(VIEW, END_RIGHT), checks_csrf=True)

        answer = client.post(END, {"row": broadcast, "confirmed": "yes", "note": "Rude."})

        assert answer.status_code == 403
        assert _state(broadcast) == "live"

    def test_that_nobody_knows_is_refused(self) -> None:
        assert a_moderator().post(f"{DESK}do/explode/").status_code == 403


def _state(broadcast_id: str) -> str:
    return streams.get_broadcast(broadcast_id=broadcast_id, viewer_id=new_id()).state
