from __future__ import annotations

import io
import json
import ssl
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pycurl
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox import client
from sandbox.apns.rules import UNKNOWN_HEADER
from sandbox.certificates import private_pem
from sandbox.threaded import StandIns
from tests.sandbox.people import last

USES = ("apns_url",)


DEVICE = "ab" * 32
PAYLOAD = {"aps": {"alert": {"title": "Ana is live"}, "thread-id": "ana"}}


@pytest.fixture
def wire(stand_ins: StandIns) -> Iterator[httpx.Client]:
    with an_http_client(stand_ins, http2=True) as opened:
        yield opened


class TestPush:
    def test_is_accepted_and_kept(self, stand_ins: StandIns, wire: httpx.Client) -> None:
        apns_id = str(uuid.uuid4())
        optional = {
            "apns-id": apns_id,
            "apns-collapse-id": "b-1",
            "apns-priority": "10",
            "apns-expiration": "1800000000",
        }

        answer = push(wire, stand_ins, optional)

        kept = last(client.ledger(stand_ins.apns_url), "push")
        assert (answer.status_code, answer.headers["apns-id"]) == (200, apns_id)
        assert (kept["device"], kept["message_id"], kept["http"]) == (DEVICE, apns_id, "2")
        assert (kept["collapse_id"], kept["priority"], kept["push_type"]) == ("b-1", "10", "alert")
        assert (kept["payload"], kept["accepted"]) == (PAYLOAD, True)

    def test_is_accepted_from_libcurl(self, stand_ins: StandIns) -> None:
        statuses = [curl_push(stand_ins) for _ in range(2)]

        assert statuses == [(200, pycurl.CURL_HTTP_VERSION_2_0)] * 2

    def test_names_a_push_that_has_no_name(self, stand_ins: StandIns, wire: httpx.Client) -> None:
        answer = push(wire, stand_ins)

        assert uuid.UUID(answer.headers["apns-id"]).version == 4

    @pytest.mark.parametrize(
        ("headers", "reason"),
        [
            ({"apns-topic": ""}, "MissingTopic"),
            ({"apns-topic": "com.other.app"}, "TopicDisallowed"),
            ({"apns-push-type": ""}, "InvalidPushType"),
            ({"apns-push-type": "shout"}, "InvalidPushType"),
            ({"apns-push-type": "voip"}, "TopicDisallowed"),
            ({"apns-push-type": "background"}, "BadPriority"),
            ({"apns-priority": "7"}, "BadPriority"),
            ({"apns-expiration": "tomorrow"}, "BadExpirationDate"),
            ({"apns-collapse-id": "c" * 65}, "BadCollapseId"),
            ({"apns-id": "1"}, "BadMessageId"),
            ({"apns-colapse-id": "b-1"}, UNKNOWN_HEADER),
        ],
    )
    def test_is_refused_for_a_header(
        self, stand_ins: StandIns, wire: httpx.Client, headers: dict[str, str], reason: str
    ) -> None:
        answer = push(wire, stand_ins, headers)

        assert (answer.status_code, answer.json()) == (400, {"reason": reason})
        assert last(client.ledger(stand_ins.apns_url), "push")["reason"] == reason

    def test_is_refused_for_a_header_sent_twice(
        self, stand_ins: StandIns, wire: httpx.Client
    ) -> None:
        headers = [*needed(stand_ins).items(), ("apns-id", "x"), ("apns-id", "x")]

        answer = wire.post(f"/3/device/{DEVICE}", headers=headers, json=PAYLOAD)

        assert answer.json() == {"reason": "DuplicateHeaders"}

    @pytest.mark.parametrize(
        ("body", "status", "reason"),
        [
            (b"", 400, "PayloadEmpty"),
            (b"{", 400, "PayloadEmpty"),
            (b'{"alert": "no aps"}', 400, "PayloadEmpty"),
            (json.dumps({"aps": {"alert": "x" * 4096}}).encode(), 413, "PayloadTooLarge"),
        ],
    )
    def test_is_refused_for_its_payload(
        self, stand_ins: StandIns, wire: httpx.Client, body: bytes, status: int, reason: str
    ) -> None:
        answer = wire.post(f"/3/device/{DEVICE}", headers=needed(stand_ins), content=body)

        assert (answer.status_code, answer.json()["reason"]) == (status, reason)

    @pytest.mark.parametrize(
        ("method", "path", "status", "reason"),
        [
            ("POST", "/3/device/xyz", 400, "BadDeviceToken"),
            ("POST", "/3/device/", 400, "MissingDeviceToken"),
            ("POST", "/4/device", 404, "BadPath"),
            ("GET", f"/3/device/{DEVICE}", 405, "MethodNotAllowed"),
        ],
    )
    def test_is_refused_for_its_address(
        self,
        stand_ins: StandIns,
        wire: httpx.Client,
        method: str,
        path: str,
        status: int,
        reason: str,
    ) -> None:
        content = b"" if method == "GET" else json.dumps(PAYLOAD).encode()

        answer = wire.request(method, path, headers=needed(stand_ins), content=content)

        assert (answer.status_code, answer.json()["reason"]) == (status, reason)

    def test_is_refused_for_a_device_that_died(
        self, stand_ins: StandIns, wire: httpx.Client
    ) -> None:
        before_ms = time.time_ns() // 1_000_000
        client.tell(stand_ins.apns_url, "devices", {DEVICE.upper(): {}})

        answer = push(wire, stand_ins)

        assert (answer.status_code, answer.json()["reason"]) == (410, "Unregistered")
        assert answer.json()["timestamp"] >= before_ms

    def test_is_refused_as_the_table_says(self, stand_ins: StandIns, wire: httpx.Client) -> None:
        fate = {"status": 400, "reason": "BadDeviceToken"}
        client.tell(stand_ins.apns_url, "devices", {DEVICE: fate})
        first = push(wire, stand_ins)
        client.tell(stand_ins.apns_url, "devices", {DEVICE: None})

        second = push(wire, stand_ins)

        assert (first.status_code, first.json()) == (400, {"reason": "BadDeviceToken"})
        assert second.status_code == 200


class TestHttp11:
    def test_is_hung_up_on(self, stand_ins: StandIns) -> None:
        with (
            an_http_client(stand_ins, http2=False) as old,
            pytest.raises(httpx.TransportError),
        ):
            push(old, stand_ins)

        assert client.ledger(stand_ins.apns_url)[-1]["reason"] == "HTTP/2 required"


class TestProviderToken:
    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"iss": "SOMEONE123"}, "InvalidProviderToken"),
            ({"kid": "SOMEKEY123"}, "InvalidProviderToken"),
            ({"iat": str(int(time.time()))}, "InvalidProviderToken"),
            ({"iat": None}, "InvalidProviderToken"),
            ({"iat": int(time.time()) + 86_400}, "InvalidProviderToken"),
            ({"iat": int(time.time()) - 3700}, "ExpiredProviderToken"),
        ],
    )
    def test_is_refused(
        self, stand_ins: StandIns, wire: httpx.Client, changed: dict[str, Any], reason: str
    ) -> None:
        answer = push(wire, stand_ins, authorize(a_token(stand_ins, **changed)))

        assert (answer.status_code, answer.json()["reason"]) == (403, reason)

    def test_is_refused_when_another_key_signed_it(
        self, stand_ins: StandIns, wire: httpx.Client
    ) -> None:
        stranger = private_pem(ec.generate_private_key(ec.SECP256R1())).decode()

        answer = push(wire, stand_ins, authorize(a_token(stand_ins, key=stranger)))

        assert answer.json()["reason"] == "InvalidProviderToken"

    def test_is_missed(self, stand_ins: StandIns, wire: httpx.Client) -> None:
        answer = push(wire, stand_ins, {"authorization": ""})

        assert (answer.status_code, answer.json()["reason"]) == (403, "MissingProviderToken")

    def test_may_not_change_all_the_time(self, stand_ins: StandIns, wire: httpx.Client) -> None:
        client.tell(stand_ins.apns_url, "provider-tokens", {"limit": 2})
        tokens = [a_token(stand_ins) for _ in range(3)]

        answers = [push(wire, stand_ins, authorize(token)) for token in [*tokens, tokens[0]]]

        assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
        assert answers[2].json()["reason"] == "TooManyProviderTokenUpdates"


def an_http_client(stand_ins: StandIns, *, http2: bool) -> httpx.Client:
    trust = ssl.create_default_context(cafile=stand_ins.ca_file)
    return httpx.Client(base_url=stand_ins.apns_url, http2=http2, verify=trust, trust_env=False)


def a_token(stand_ins: StandIns, key: str | None = None, **changed: Any) -> str:
    """A provider token; ECDSA draws a nonce, so each call makes another one."""
    account = stand_ins.credentials
    claims = {"iss": account.apns_team_id, "iat": int(time.time()), **changed}
    kid = claims.pop("kid", account.apns_key_id)
    claims = {name: value for name, value in claims.items() if value is not None}
    pem = key or account.apns_key_file.read_text()
    # jwt.encode would check iat for us; the wrong ones are the point here.
    return jwt.PyJWS().encode(
        json.dumps(claims).encode(), pem, algorithm="ES256", headers={"kid": kid}
    )


def authorize(token: str) -> dict[str, str]:
    return {"authorization": f"bearer {token}"}


def needed(stand_ins: StandIns) -> dict[str, str]:
    return {
        **authorize(a_token(stand_ins)),
        "apns-topic": stand_ins.credentials.apns_topic,
        "apns-push-type": "alert",
    }


def push(
    wire: httpx.Client, stand_ins: StandIns, headers: dict[str, str] | None = None
) -> httpx.Response:
    every = {**needed(stand_ins), **(headers or {})}
    return wire.post(f"/3/device/{DEVICE}", headers=every, json=PAYLOAD)


def curl_push(stand_ins: StandIns) -> tuple[int, int]:
    """One push by libcurl: the status, and the HTTP version it spoke."""
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, f"{stand_ins.apns_url}/3/device/{DEVICE}")
    handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
    handle.setopt(pycurl.CAINFO, str(stand_ins.ca_file))
    handle.setopt(pycurl.TIMEOUT, 10)
    handle.setopt(pycurl.POSTFIELDS, json.dumps(PAYLOAD))
    lines = [f"{name}: {value}" for name, value in needed(stand_ins).items()]
    handle.setopt(pycurl.HTTPHEADER, lines)
    handle.setopt(pycurl.WRITEDATA, io.BytesIO())
    try:
        handle.perform()
        version = handle.getinfo(pycurl.INFO_HTTP_VERSION)
        return int(handle.getinfo(pycurl.RESPONSE_CODE)), int(version)
    finally:
        handle.close()
