"""The operators' desks: dead letters with what to do about them, and the queues."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache

from kit.admin import PAGE_ROWS
from kit.desk_parts import MAX_BLOCK_CHARS
from kit.ids import new_id
from tests.accounts.builders import a_staff_member
from tests.admin.test_desk import listed, signed_in, text
from tests.workers.letters import a_row, depth, rows
from workers.ledger import public as ledger
from workers.ledger.contracts import Wanted

pytestmark = pytest.mark.django_db

DESK = "/admin/workers/deadletterdesk/"
QUEUES = "/admin/workers/queuedesk/"
VIEW = "workers.view_deadletterdesk"
RIGHTS = (VIEW, "workers.replay_deadletter", "workers.drop_deadletter", "workers.view_queuedesk")
XSS = "<script>alert(1)</script><img src=x onerror=alert(1)>"


class TestList:
    def test_shows_what_an_operator_decides_on(self) -> None:
        row_id = a_row()

        answer = signed_in(a_staff_member(*RIGHTS)).get(DESK)

        assert listed(answer) == [row_id]
        for shown in ("social.upload", "gave-up", "YouTube does not answer.", "waiting", "Replay"):
            assert shown in text(answer)
        assert f'href="{DESK}{row_id}/"' in answer.content.decode()

    def test_searches_as_the_command_does(self) -> None:
        kept, dropped = a_row(queue="previews"), a_row()
        ledger.drop(row_id=dropped, by="ben", note="A test.")
        client = signed_in(a_staff_member(*RIGHTS))

        assert listed(client.get(DESK)) == [kept]
        assert listed(client.get(DESK, {"q": "queue:previews"})) == [kept]
        assert listed(client.get(DESK, {"q": "dropped"})) == [dropped]
        assert listed(client.get(DESK, {"q": "queue:social"})) == []
        refused = client.get(DESK, {"q": "mood:bad"}, follow=True)
        assert "is nothing a dead letter can be searched by" in text(refused)

    def test_offers_nothing_to_do_with_what_is_settled(self) -> None:
        row_id = a_row()
        ledger.drop(row_id=row_id, by="ben")

        page = signed_in(a_staff_member(*RIGHTS)).get(DESK, {"q": "dropped"}).content.decode()

        assert f'value="{row_id} ' not in page

    def test_comes_in_pages(self) -> None:
        made = [a_row() for _ in range(PAGE_ROWS + 1)]
        client = signed_in(a_staff_member(*RIGHTS))

        first = client.get(DESK)
        older = re.search(r'rel="next" href="([^"]+)"', first.content.decode())
        assert older

        assert listed(first) == made[:0:-1]
        assert listed(client.get(f"{DESK}{older[1]}")) == made[:1]

    @pytest.mark.usefixtures("documents_away")
    def test_says_that_the_ledger_is_away(self) -> None:
        answer = signed_in(a_staff_member(*RIGHTS)).get(DESK)

        assert answer.status_code == 503
        assert "The document server does not answer." in text(answer)


class TestDetail:
    def test_shows_payload_headers_and_traceback(self) -> None:
        row_id = a_row(body=b'[[], {"upload_id": "u1"}, {}]')

        shown = text(signed_in(a_staff_member(*RIGHTS)).get(f"{DESK}{row_id}/"))

        for part in (
            *("gave-up", "from-the-phone", "29 bytes", "Traceback (most recent call last)"),
            *("&quot;upload_id&quot;: &quot;u1&quot;", "&quot;retries&quot;: 8"),
        ):
            assert part in shown

    def test_escapes_whatever_a_message_holds(self) -> None:
        row_id = a_row(body=XSS.encode(), name=f"a.{XSS}", request_id=XSS)
        client = signed_in(a_staff_member(*RIGHTS))

        for page in (DESK, f"{DESK}{row_id}/"):
            content = client.get(page).content.decode()
            assert "<script>alert" not in content
            assert "<img src=x" not in content
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in content

    def test_cuts_a_long_payload_and_says_how_much(self) -> None:
        row_id = a_row(body=b"x" * (MAX_BLOCK_CHARS + 12_345))

        answer = signed_in(a_staff_member(*RIGHTS)).get(f"{DESK}{row_id}/")

        assert "12,345 characters more are not shown." in text(answer)
        assert len(answer.content) < MAX_BLOCK_CHARS + 100_000

    def test_shows_bytes_in_hex(self) -> None:
        row_id = a_row(body=bytes(range(256)))

        shown = text(signed_in(a_staff_member(*RIGHTS)).get(f"{DESK}{row_id}/"))

        assert "00000040 40 41 42 43" in shown

    def test_offers_nothing_once_it_is_settled(self) -> None:
        waiting, dropped = a_row(), a_row()
        staff = a_staff_member(*RIGHTS)
        ledger.drop(row_id=dropped, by=str(staff.pk), note="A test.")
        client = signed_in(staff)

        assert b"/do/replay/" in client.get(f"{DESK}{waiting}/").content
        answer = client.get(f"{DESK}{dropped}/")
        assert b"/do/" not in answer.content
        assert "A test." in text(answer)

    @pytest.mark.parametrize("row_id", [new_id(), "nonsense"])
    def test_is_not_there_for_no_row(self, row_id: str) -> None:
        assert signed_in(a_staff_member(*RIGHTS)).get(f"{DESK}{row_id}/").status_code == 404

    def test_is_not_there_for_a_desk_without(self) -> None:
        client = signed_in(a_staff_member("moderation.view_casedesk"))

        assert client.get(f"/admin/moderation/casedesk/{new_id()}/").status_code == 404


class TestActions:
    def test_replay_asks_first_then_hands_it_to_its_queue(self) -> None:
        row_id, staff = a_row(), a_staff_member(*RIGHTS)
        client = signed_in(staff)

        asked = client.post(f"{DESK}do/replay/", {"row": f"{row_id} social.upload"})
        assert "It goes to its queue again" in text(asked)
        assert depth("social") == 0
        done = client.post(
            f"{DESK}do/replay/",
            {"row": row_id, "confirmed": "yes", "note": "Back."},
            follow=True,
        )

        assert "1 dead letter replayed." in text(done)
        assert depth("social") == 1
        [row] = rows(Wanted(state="replayed"))
        assert (row.settled_by, row.note) == (staff.pk, "Back.")

    def test_drop_wants_a_reason(self) -> None:
        row_id = a_row()
        client = signed_in(a_staff_member(*RIGHTS))

        refused = client.post(f"{DESK}do/drop/", {"row": row_id, "confirmed": "yes", "note": ""})
        assert "This field is required." in text(refused)
        done = client.post(
            f"{DESK}do/drop/", {"row": row_id, "confirmed": "yes", "note": "A test."}, follow=True
        )

        assert "1 dead letter dropped." in text(done)
        assert [row.state for row in rows()] == ["dropped"]

    def test_tell_who_was_late(self) -> None:
        row_id = a_row()
        ledger.drop(row_id=row_id, by="ben")

        answer = signed_in(a_staff_member(*RIGHTS)).post(
            f"{DESK}do/replay/", {"row": row_id, "confirmed": "yes", "note": ""}, follow=True
        )

        assert f"Dead letter {row_id} is dropped already, by ben." in text(answer)
        assert depth("social") == 0


class TestPermissions:
    @pytest.mark.parametrize("page", [DESK, QUEUES, f"{DESK}{new_id()}/"])
    def test_without_one_a_page_is_refused(self, page: str) -> None:
        client = signed_in(a_staff_member("moderation.view_casedesk"))

        assert client.get(page).status_code == 403

    @pytest.mark.parametrize("verb", ["replay", "drop"])
    def test_seeing_is_not_doing(self, verb: str) -> None:
        row_id = a_row()
        client = signed_in(a_staff_member(VIEW))

        page = client.get(DESK)
        answer = client.post(
            f"{DESK}do/{verb}/", {"row": row_id, "confirmed": "yes", "note": "Because."}
        )

        assert b"/do/" not in page.content
        assert answer.status_code == 403
        assert [row.state for row in rows()] == ["waiting"]

    def test_the_sidebar_shows_only_what_may_be_opened(self) -> None:
        other = signed_in(a_staff_member("moderation.view_casedesk")).get("/admin/")

        assert DESK not in other.content.decode()


class TestSidebar:
    def badge(self, answer: Any) -> str:
        found = re.search(
            r"Dead letters\s*</span>\s*(<span[^>]*>\s*(\d*)\s*</span>)?", answer.content.decode()
        )
        assert found
        return found[2] if found[1] else "none"

    def test_counts_the_letters_that_wait(self) -> None:
        cache.clear()
        client = signed_in(a_staff_member(*RIGHTS))
        assert self.badge(client.get("/admin/")) == "none"

        a_row(), a_row()
        cache.clear()

        assert self.badge(client.get("/admin/")) == "2"


class TestQueueDesk:
    def test_shows_every_queue_with_what_is_wrong(self) -> None:
        a_row(queue="social")

        answer = signed_in(a_staff_member(*RIGHTS)).get(QUEUES)

        assert "previews" in listed(answer)
        assert "social 0 0 0 \N{EN DASH} \N{EN DASH} 1 dead letters" in text(answer)
        assert b"/do/" not in answer.content

    def test_says_that_the_broker_is_away(self, settings: Any) -> None:
        settings.CELERY = {**settings.CELERY, "broker_url": "redis://127.0.0.1:1/0"}

        answer = signed_in(a_staff_member(*RIGHTS)).get(QUEUES)

        assert answer.status_code == 503
        assert "The broker does not answer." in text(answer)
