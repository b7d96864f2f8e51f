"""What staff see first, and the users' pages."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from apps.accounts.models import User
from kit import broker
from tests.accounts.builders import PASSWORD, a_person, a_staff_member
from tests.admin.test_desk import signed_in, text
from tests.moderation.builders import a_live_broadcast, an_open_case

pytestmark = pytest.mark.django_db

RIGHTS = ("streams.view_broadcastdesk", "moderation.view_casedesk")
NOBODY = "redis://127.0.0.1:1/0"


class TestIndex:
    def test_counts_who_is_live_and_what_is_open(self) -> None:
        for title in ("Run", "Walk"):
            a_live_broadcast(title, creator_id=a_person(title))
        an_open_case()

        shown = text(signed_in(a_staff_member(*RIGHTS)).get("/admin/"))

        assert "Live now 2" in shown
        assert "Open cases 1" in shown

    def test_tells_what_waits_in_each_queue(self) -> None:
        with broker.connection() as opened:
            queue = opened.SimpleQueue("previews")
            queue.put("work")
            queue.close()

        shown = text(signed_in(a_staff_member()).get("/admin/"))

        assert "previews 1 0" in shown
        assert "push.urgent 0 0" in shown

    def test_shows_figures_only_to_whom_may_open_their_desk(self) -> None:
        shown = text(signed_in(a_staff_member()).get("/admin/"))

        assert "Live now" not in shown
        assert "Open cases" not in shown

    @pytest.mark.waits
    def test_says_that_the_broker_is_away(self, settings: Settings) -> None:
        settings.CELERY = {**settings.CELERY, "broker_url": NOBODY}

        answer = signed_in(a_staff_member(*RIGHTS)).get("/admin/")

        assert answer.status_code == 200
        assert "The broker does not answer" in text(answer)
        assert "Live now 0" in text(answer)

    @pytest.mark.usefixtures("documents_away")
    def test_says_that_the_document_server_is_away(self) -> None:
        answer = signed_in(a_staff_member(*RIGHTS)).get("/admin/")

        assert answer.status_code == 200
        assert "Live now The document server does not answer." in text(answer)
        assert "previews 0 0" in text(answer)


class TestLogin:
    def test_opens_the_admin_to_staff_in_any_case(self, client: Client) -> None:
        a_staff_member()

        answer = client.post(
            "/admin/login/?next=/admin/", {"username": "Staff@Example.org", "password": PASSWORD}
        )

        assert answer.status_code == 302
        assert client.get("/admin/").status_code == 200

    def test_is_not_for_everyone_who_signed_up(self, client: Client) -> None:
        a_person("ada")

        answer = client.post(
            "/admin/login/", {"username": "ada@example.org", "password": PASSWORD}
        )

        assert answer.status_code == 200
        assert client.get("/admin/").status_code == 302


class TestUsers:
    def test_are_found_by_address_without_a_count(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        a_person("ada")
        a_person("bob")
        client = signed_in(a_staff_member(is_superuser=True))

        with django_assert_num_queries(2) as asked:  # the staff member and the page of users
            answer = client.get("/admin/accounts/user/", {"q": "ada@"})

        assert "ada@example.org" in text(answer)
        assert "bob@example.org" not in text(answer)
        assert not [query for query in asked.captured_queries if "COUNT" in query["sql"]]

    def test_are_made_and_changed_but_never_deleted(self) -> None:
        client = signed_in(a_staff_member(is_superuser=True))
        page = "/admin/accounts/user/"

        made = client.post(
            f"{page}add/",
            {"email": "Eve@Example.org", "password1": PASSWORD, "password2": PASSWORD},
        )
        eve = User.objects.get(email="eve@example.org")
        changed = client.post(f"{page}{eve.pk}/change/", {"email": eve.email, "is_staff": "on"})

        assert made.status_code == changed.status_code == 302
        eve.refresh_from_db()
        assert (eve.is_staff, eve.is_active) == (True, False)
        assert client.post(f"{page}{eve.pk}/delete/", {"post": "yes"}).status_code == 403
        assert client.get(f"{page}{eve.pk}/password/").status_code == 200

    @pytest.mark.parametrize("page", ["auth/group/", "account/emailaddress/"])
    def test_come_with_their_groups_and_addresses(self, page: str) -> None:
        client = signed_in(a_staff_member(is_superuser=True))

        assert client.get(f"/admin/{page}").status_code == 200
        assert client.get(f"/admin/{page}add/").status_code == 200
