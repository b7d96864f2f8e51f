from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import firebase_admin
import httpx
import pytest
from firebase_admin import messaging

from sandbox import client
from sandbox.google.consent import SCOPE
from sandbox.threaded import StandIns
from tests.sandbox.people import a_creator, a_service_account, last, refresh

USES = ("google_url", "fcm_url")


TOKEN = "d" * 22 + ":" + "APA91b" + "x" * 134
FID = "d" + "x" * 21
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


@pytest.fixture
def wire(stand_ins: StandIns) -> Iterator[httpx.Client]:
    """An HTTP/2 client with a live bearer token."""
    trust = ssl.create_default_context(cafile=stand_ins.ca_file)
    headers = {"authorization": f"Bearer {a_service_token(stand_ins)}"}
    with httpx.Client(
        base_url=stand_ins.fcm_url, http2=True, verify=trust, headers=headers, trust_env=False
    ) as opened:
        yield opened


class TestSend:
    def test_serves_firebase_admin(
        self, stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = a_firebase_app(stand_ins, monkeypatch)
        android = messaging.AndroidConfig(priority="high", ttl=600, collapse_key="b-1")
        message = messaging.Message(
            fid=FID,
            notification=messaging.Notification(title="Ana is live", body="Launch"),
            data={"broadcast": "b-1"},
            android=android,
        )
        try:
            name = messaging.send(message, app=app)
        finally:
            firebase_admin.delete_app(app)

        push = last(client.ledger(stand_ins.fcm_url), "push")
        assert name.startswith("projects/showrunner-sandbox/messages/")
        assert (push["device"], push["message_id"], push["accepted"]) == (FID, name, True)
        assert (push["collapse_id"], push["priority"], push["expiration"]) == (
            "b-1",
            "HIGH",
            "600s",
        )

    def test_maps_a_dead_device_to_the_librarys_error(
        self, stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        app = a_firebase_app(stand_ins, monkeypatch)
        client.tell(stand_ins.fcm_url, "devices", {FID: {"code": "UNREGISTERED"}})
        try:
            with pytest.raises(messaging.UnregisteredError):
                messaging.send(messaging.Message(fid=FID), app=app)
        finally:
            firebase_admin.delete_app(app)

        assert last(client.ledger(stand_ins.fcm_url), "push")["reason"] == "UNREGISTERED"

    def test_speaks_http_2(self, wire: httpx.Client) -> None:
        answer = send(wire, {"token": TOKEN, "data": {"k": "v"}})

        assert (answer.status_code, answer.http_version) == (200, "HTTP/2")

    @pytest.mark.parametrize(
        ("code", "status", "word"),
        [
            ("UNREGISTERED", 404, "NOT_FOUND"),
            ("SENDER_ID_MISMATCH", 403, "PERMISSION_DENIED"),
            ("QUOTA_EXCEEDED", 429, "RESOURCE_EXHAUSTED"),
            ("THIRD_PARTY_AUTH_ERROR", 401, "UNAUTHENTICATED"),
            ("UNAVAILABLE", 503, "UNAVAILABLE"),
            ("INTERNAL", 500, "INTERNAL"),
            ("INVALID_ARGUMENT", 400, "INVALID_ARGUMENT"),
        ],
    )
    def test_answers_a_marked_device_with_its_error(
        self, stand_ins: StandIns, wire: httpx.Client, code: str, status: int, word: str
    ) -> None:
        client.tell(stand_ins.fcm_url, "devices", {TOKEN: {"code": code}})

        answer = send(wire, {"token": TOKEN})

        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["status"]) == (status, status, word)
        assert error["details"] == [{"@type": FCM_ERROR, "errorCode": code}]

    @pytest.mark.parametrize("token", ["short", "x" * 99, "x" * 150 + " ", "ü" * 120])
    def test_refuses_what_cannot_be_a_token_without_blaming_the_message(
        self, wire: httpx.Client, token: str
    ) -> None:
        answer = send(wire, {"token": token})

        assert answer.status_code == 400
        assert types_of(answer) == [FCM_ERROR]

    @pytest.mark.parametrize(
        ("message", "field"),
        [
            ({}, "message"),
            ({"token": TOKEN, "topic": "news"}, "message"),
            ({"topic": "no spaces"}, "message.topic"),
            ({"token": TOKEN, "name": "projects/p/messages/1"}, "message.name"),
            ({"token": TOKEN, "data": {"n": 1}}, "message.data.n"),
            ({"token": TOKEN, "data": {"from": "me"}}, "message.data"),
            ({"token": TOKEN, "data": {"google.x": "1"}}, "message.data"),
            ({"token": TOKEN, "android": {"data": {"gcm.notification.x": "1"}}}, None),
            ({"token": TOKEN, "android": {"priority": "urgent"}}, "message.android.priority"),
            ({"token": TOKEN, "android": {"ttl": 600}}, "message.android.ttl"),
            ({"token": TOKEN, "android": {"ttl": "10m"}}, "message.android.ttl"),
            ({"token": TOKEN, "android": {"ttl": "2419201s"}}, "message.android.ttl"),
            ({"token": TOKEN, "android": {}, "android_v2": {}}, "message.androidV2"),
            ({"token": TOKEN, "notification": {"subtitle": "no"}}, "message.notification"),
            ({"token": TOKEN, "fcm_options": {"analytics_label": "a b"}}, None),
            ({"token": TOKEN, "apns": {"headers": {"apns-priority": "9"}}}, None),
            ({"token": TOKEN, "data": {"k": "v" * 4096}}, "message"),
            ({"topic": "news", "data": {"k": "v" * 2048}}, "message"),
        ],
    )
    def test_refuses_a_bad_message_naming_the_field(
        self, wire: httpx.Client, message: dict[str, Any], field: str | None
    ) -> None:
        answer = send(wire, message)

        assert answer.status_code == 400
        assert types_of(answer) == [FCM_ERROR, BAD_REQUEST]
        named = answer.json()["error"]["details"][1]["fieldViolations"][0]["field"]
        assert field in {None, named}

    def test_refuses_broken_json(self, wire: httpx.Client) -> None:
        answer = wire.post(f"{PATH}", content=b"{", headers={"content-type": "application/json"})

        assert answer.status_code == 400

    def test_refuses_without_a_token(self, wire: httpx.Client) -> None:
        del wire.headers["authorization"]

        answer = send(wire, {"token": TOKEN})

        assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")

    def test_refuses_a_youtube_creators_token(
        self, stand_ins: StandIns, wire: httpx.Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wire.headers["authorization"] = f"Bearer {a_creator(stand_ins, monkeypatch).token}"

        answer = send(wire, {"token": TOKEN})

        assert (answer.status_code, answer.json()["error"]["status"]) == (403, "PERMISSION_DENIED")

    def test_refuses_another_project(self, wire: httpx.Client) -> None:
        path = PATH.replace("showrunner-sandbox", "other")

        answer = wire.post(path, json={"message": {"token": TOKEN}})

        assert answer.status_code == 403

    def test_refuses_an_unknown_path(self, wire: httpx.Client) -> None:
        answer = wire.post("/fcm/send", json={})

        assert (answer.status_code, answer.json()["error"]["status"]) == (404, "NOT_FOUND")

    def test_only_validates_when_asked_to(self, stand_ins: StandIns, wire: httpx.Client) -> None:
        answer = wire.post(PATH, json={"message": {"token": TOKEN}, "validate_only": True})

        assert answer.status_code == 200
        assert last(client.ledger(stand_ins.fcm_url), "push")["validate_only"] is True


PATH = "/v1/projects/showrunner-sandbox/messages:send"


def send(wire: httpx.Client, message: dict[str, Any]) -> httpx.Response:
    return wire.post(PATH, json={"message": message})


def types_of(answer: httpx.Response) -> list[str]:
    return [detail["@type"] for detail in answer.json()["error"]["details"]]


def a_service_token(stand_ins: StandIns) -> str:
    return refresh(a_service_account(stand_ins, f"{SCOPE}firebase.messaging"))


def a_firebase_app(stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The SDK has no setting for its address, only a class attribute to change in time."""
    monkeypatch.setattr(
        messaging._MessagingService,
        "FCM_URL",
        f"{stand_ins.fcm_url}/v1/projects/{{0}}/messages:send",
    )
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(stand_ins.ca_file))
    certificate = firebase_admin.credentials.Certificate(
        str(stand_ins.credentials.fcm_service_account_file)
    )
    return firebase_admin.initialize_app(certificate, name="sandbox")
