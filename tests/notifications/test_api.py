from __future__ import annotations

import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.notifications import queries
from tests.notifications.builders import (
    a_notice,
    an_apns_token,
    an_fcm_token,
    an_iphone,
    the_device,
)

pytestmark = pytest.mark.urls("tests.notifications.routes")

API = "/api/v1"
ADA = "01ADA00000000000000000000A"
BOB = "01B0B00000000000000000000A"


class TestInbox:
    def test_pages_from_the_newest(self) -> None:
        first, second = (a_notice("upload_failed", audience=ADA) for _ in range(2))

        page = get(ADA, "notifications?limit=1").json()
        rest = get(ADA, f"notifications?limit=1&cursor={page['next']}").json()

        assert ([page["items"][0]["id"], rest["items"][0]["id"]]) == [second, first]
        assert rest["next"] is None
        assert page["items"][0] == {
            "id": second,
            "type": "upload_failed",
            "creator_id": "",
            "title": "YouTube upload failed",
            "body": "Launch day",
            "payload": {"broadcast_id": "01BROADCAST00000000000000A"},
            "created_at": "2026-11-23T12:00:00Z",
            "is_read": False,
        }

    @pytest.mark.parametrize("query", ["cursor=1", "limit=0", "limit=101", "limit=x"])
    def test_refuses_odd_pages(self, query: str) -> None:
        assert get(ADA, f"notifications?{query}").status_code == 422

    def test_counts_until_it_is_read(self) -> None:
        notice = a_notice("upload_failed", audience=ADA)

        before = get(ADA, "notifications/unread-count").json()
        answer = post(ADA, "notifications/read", upto=notice)
        after = get(ADA, "notifications/unread-count").json()

        assert (before, answer.status_code, after) == ({"unread": 1}, 204, {"unread": 0})

    @pytest.mark.parametrize(
        "body",
        [{}, {"upto": "yesterday"}, {"upto": "x" + "0" * 26}, {"upto": "0" * 26, "more": 1}],
    )
    def test_refuses_odd_marks(self, body: dict[str, Any]) -> None:
        assert post(ADA, "notifications/read", **body).status_code == 422


class TestDevices:
    def test_registers_an_iphone_and_never_tells_its_address(self) -> None:
        installation = str(uuid.uuid4())

        answer = put(ADA, f"devices/{installation}", **an_iphone_body(lang="de-CH"))

        assert answer.status_code == 200
        assert answer.json() | {"seen_at": ""} == {
            "installation_id": installation,
            "platform": "ios",
            "provider": "apns",
            "app": "showrunner",
            "env": "production",
            "lang": "de-CH",
            "tz": "UTC",
            "state": "active",
            "seen_at": "",
        }
        assert get(ADA, "devices").json() == {"items": [answer.json()]}

    def test_registers_an_android(self) -> None:
        body = {"platform": "android", "address": {"kind": "fcm_token", "value": an_fcm_token()}}

        answer = put(ADA, f"devices/{uuid.uuid4()}", **body)

        assert answer.json()["provider"] == "fcm"

    @pytest.mark.parametrize(
        ("kind", "value", "rule"),
        [
            ("apns_token", "not hex", "64 to 200"),
            ("apns_token", "a" * 65, "even number"),
            ("fcm_token", "short", "at least 100"),
            ("fcm_token", 'a"' * 60, "at least 100"),
            ("fcm_fid", "a" * 23, "22 of"),
        ],
    )
    def test_names_the_rule_a_malformed_token_breaks(
        self, kind: str, value: str, rule: str
    ) -> None:
        body = {"platform": "ios", "address": {"kind": kind, "value": value}}

        answer = put(ADA, f"devices/{uuid.uuid4()}", **body)

        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "malformed-token")
        assert rule in problem["rule"]
        assert queries.list_devices(user_id=ADA) == []

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"platform": "android"}, "wrong-provider"),
            ({"platform": "windows"}, "invalid"),
            ({"address": None}, "invalid"),
            ({"address": {"kind": "apns_token"}}, "invalid"),
            ({"address": {"kind": "pigeon", "value": "coo"}}, "invalid"),
            ({"address": {"kind": "apns_token", "value": "a" * 5_000}}, "invalid"),
            ({"lang": "; drop"}, "invalid"),
            ({"env": "staging"}, "invalid"),
            ({"token": "unknown field"}, "invalid"),
        ],
    )
    def test_refuses_odd_registrations(self, changed: dict[str, Any], code: str) -> None:
        answer = put(ADA, f"devices/{uuid.uuid4()}", **{**an_iphone_body(), **changed})

        assert (answer.status_code, answer.json()["code"]) == (422, code)

    def test_refuses_an_installation_that_is_no_uuid(self) -> None:
        answer = put(ADA, "devices/my-phone", **an_iphone_body())

        assert (answer.status_code, answer.json()["code"]) == (422, "malformed-installation")

    def test_gives_a_phone_that_changed_hands_to_its_new_holder(self) -> None:
        installation = an_iphone(BOB)

        answer = put(ADA, f"devices/{installation}", **an_iphone_body())

        assert answer.status_code == 200
        assert the_device(installation).user_id == ADA
        assert get(BOB, "devices").json() == {"items": []}

    def test_signs_a_device_out(self) -> None:
        installation = an_iphone(ADA)

        answer = delete(ADA, f"devices/{installation}")

        assert answer.status_code == 204
        assert get(ADA, "devices").json() == {"items": []}

    def test_knows_nothing_of_somebody_elses_device(self) -> None:
        installation = an_iphone(BOB)

        answer = delete(ADA, f"devices/{installation}")

        assert (answer.status_code, answer.json()["code"]) == (404, "device-not-found")
        assert the_device(installation).state == "active"


class TestPreferences:
    def test_are_the_defaults_at_first(self) -> None:
        answer = get(ADA, "notification-preferences")

        assert answer.json()["types"]["broadcast_live"] == {"push": True, "inapp": True}
        assert answer.json()["types"]["video_published"] == {"push": False, "inapp": True}
        assert answer.json()["quiet_hours"] is None

    def test_are_replaced_whole(self) -> None:
        wanted = {
            "types": {"broadcast_live": {"push": False, "inapp": True}},
            "quiet_hours": {"tz": "Europe/Zurich", "start": "22:00", "end": "07:00"},
        }

        answer = put(ADA, "notification-preferences", **wanted)

        assert answer.status_code == 200
        assert answer.json() == get(ADA, "notification-preferences").json()
        assert answer.json()["types"]["broadcast_live"]["push"] is False
        assert answer.json()["quiet_hours"] == wanted["quiet_hours"]

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"types": {"birthday": {"push": True, "inapp": True}}}, "unknown-notice-type"),
            ({"types": {"broadcast_live": {"push": "loud", "inapp": True}}}, "invalid"),
            ({"types": {"broadcast_live": {"push": True}}}, "invalid"),
            (
                {"quiet_hours": {"tz": "Mars", "start": "22:00", "end": "07:00"}},
                "unknown-time-zone",
            ),
            ({"quiet_hours": {"tz": "UTC", "start": "24:00", "end": "07:00"}}, "invalid"),
            (
                {"quiet_hours": {"tz": "UTC", "start": "07:00", "end": "07:00"}},
                "empty-quiet-hours",
            ),
            ({"volume": 11}, "invalid"),
        ],
    )
    def test_refuse_what_nobody_could_follow(self, body: dict[str, Any], code: str) -> None:
        answer = put(ADA, "notification-preferences", **body)

        assert (answer.status_code, answer.json()["code"]) == (422, code)


class TestOpened:
    def test_counts_once(self) -> None:
        notice, phone = a_notice("upload_failed", audience=ADA), an_iphone(ADA)

        answers = [
            post(ADA, "notifications/opened", notice_id=notice, installation_id=phone)
            for _ in range(2)
        ]

        assert [answer.status_code for answer in answers] == [204, 204]
        assert queries.get_notice(notice_id=notice).counters["opened"] == 1

    def test_knows_nothing_of_somebody_elses_notice(self) -> None:
        notice, phone = a_notice("upload_failed", audience=BOB), an_iphone(ADA)

        answer = post(ADA, "notifications/opened", notice_id=notice, installation_id=phone)

        assert (answer.status_code, answer.json()["code"]) == (404, "notice-not-found")


@pytest.mark.parametrize(
    "path",
    ["notifications", "notifications/unread-count", "devices", "notification-preferences"],
)
def test_everything_is_for_people_who_logged_in(path: str) -> None:
    assert APIClient().get(f"{API}/{path}").status_code == 401


def an_iphone_body(**changed: Any) -> dict[str, Any]:
    address = {"kind": "apns_token", "value": an_apns_token(77)}
    return {"platform": "ios", "address": address, **changed}


def as_user(user_id: str) -> APIClient:
    client = APIClient()
    client.force_authenticate(user=User(pk=user_id))
    return client


def get(user_id: str, path: str) -> Any:
    return as_user(user_id).get(f"{API}/{path}")


def put(user_id: str, path: str, **body: Any) -> Any:
    return as_user(user_id).put(f"{API}/{path}", body, format="json")


def post(user_id: str, path: str, **body: Any) -> Any:
    return as_user(user_id).post(f"{API}/{path}", body, format="json")


def delete(user_id: str, path: str) -> Any:
    return as_user(user_id).delete(f"{API}/{path}")
