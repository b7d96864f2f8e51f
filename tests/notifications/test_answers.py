from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.notifications.contracts import Outcome, Verdict
from apps.notifications.rules import answers
from tests.conftest import NOON

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


class TestApns:
    @pytest.mark.parametrize(
        ("status", "reason", "verdict"),
        [
            (400, "BadDeviceToken", Verdict.WRONG_ENV),
            (400, "DeviceTokenNotForTopic", Verdict.WRONG_APP),
            (400, "BadCollapseId", Verdict.BUG),
            (400, "PayloadEmpty", Verdict.BUG),
            (400, "TopicDisallowed", Verdict.CREDENTIALS),
            (400, "IdleTimeout", Verdict.RETRY),
            (403, "ExpiredProviderToken", Verdict.CREDENTIALS),
            (403, "BadEnvironmentKeyInToken", Verdict.CREDENTIALS),
            (404, "BadPath", Verdict.BUG),
            (405, "MethodNotAllowed", Verdict.BUG),
            (410, "Unregistered", Verdict.DEAD),
            (410, "ExpiredToken", Verdict.DEAD),
            (413, "PayloadTooLarge", Verdict.BUG),
            (429, "TooManyRequests", Verdict.RETRY),
            (429, "TooManyProviderTokenUpdates", Verdict.RETRY),
            (500, "InternalServerError", Verdict.RETRY),
            (503, "Shutdown", Verdict.RETRY),
            (418, "SomethingNew", Verdict.BUG),
            (599, "SomethingNew", Verdict.RETRY),
        ],
    )
    def test_knows_what_to_do(self, status: int, reason: str, verdict: Verdict) -> None:
        outcome = answers.apns(status, json.dumps({"reason": reason}).encode())

        assert (outcome.verdict, outcome.reason) == (verdict, reason)

    def test_accepts(self) -> None:
        assert answers.apns(200, b"") == Outcome(verdict=Verdict.ACCEPTED)

    def test_reads_when_a_token_died(self) -> None:
        body = json.dumps({"reason": "Unregistered", "timestamp": 1_795_435_200_000}).encode()

        outcome = answers.apns(410, body)

        assert outcome.dead_at == datetime(2026, 11, 23, 12, tzinfo=UTC)

    def test_waits_half_a_minute_for_a_busy_device(self) -> None:
        body = b'{"reason": "TooManyRequests"}'

        assert answers.apns(429, body).retry_after_s == 30
        assert answers.apns(429, body, retry_after_s=7).retry_after_s == 7

    @given(st.integers(201, 599), st.binary() | st.text().map(str.encode))
    def test_never_raises(self, status: int, body: bytes) -> None:
        assert answers.apns(status, body).verdict is not Verdict.ACCEPTED

    @pytest.mark.parametrize("timestamp", ["soon", 10**30, -(10**30), None, [1]])
    def test_doubts_odd_timestamps(self, timestamp: object) -> None:
        body = json.dumps({"reason": "Unregistered", "timestamp": timestamp}).encode()

        assert answers.apns(410, body).dead_at is None


class TestFcm:
    @pytest.mark.parametrize(
        ("status", "code", "verdict"),
        [
            (404, "UNREGISTERED", Verdict.DEAD),
            (403, "SENDER_ID_MISMATCH", Verdict.WRONG_APP),
            (401, "THIRD_PARTY_AUTH_ERROR", Verdict.CREDENTIALS),
            (429, "QUOTA_EXCEEDED", Verdict.RETRY),
            (500, "INTERNAL", Verdict.RETRY),
            (503, "UNAVAILABLE", Verdict.RETRY),
            (400, "INVALID_ARGUMENT", Verdict.SUSPECT),
        ],
    )
    def test_knows_what_to_do(self, status: int, code: str, verdict: Verdict) -> None:
        body = an_fcm_error("WHATEVER", {"@type": FCM_ERROR, "errorCode": code})

        outcome = answers.fcm(status, body, sent_at=NOON)

        assert (outcome.verdict, outcome.reason) == (verdict, code)

    @pytest.mark.parametrize(
        ("status", "word", "verdict"),
        [
            (401, "UNAUTHENTICATED", Verdict.CREDENTIALS),
            (403, "PERMISSION_DENIED", Verdict.CREDENTIALS),
            (404, "NOT_FOUND", Verdict.BUG),
        ],
    )
    def test_goes_by_the_status_without_a_code_of_its_own(
        self, status: int, word: str, verdict: Verdict
    ) -> None:
        assert answers.fcm(status, an_fcm_error(word), sent_at=NOON).verdict is verdict

    def test_never_blames_a_phone_for_our_message(self) -> None:
        body = an_fcm_error(
            "INVALID_ARGUMENT",
            {"@type": FCM_ERROR, "errorCode": "INVALID_ARGUMENT"},
            {"@type": BAD_REQUEST, "fieldViolations": [{"field": "message.android.ttl"}]},
        )

        assert answers.fcm(400, body, sent_at=NOON).verdict is Verdict.BUG

    def test_takes_an_address_for_dead_since_it_was_sent_to(self) -> None:
        body = an_fcm_error("NOT_FOUND", {"@type": FCM_ERROR, "errorCode": "UNREGISTERED"})

        assert answers.fcm(404, body, sent_at=NOON).dead_at == NOON

    def test_waits_a_minute_where_nothing_is_said(self) -> None:
        body = an_fcm_error("RESOURCE_EXHAUSTED")

        assert answers.fcm(429, body, sent_at=NOON).retry_after_s == 60
        assert answers.fcm(429, body, sent_at=NOON, retry_after_s=5).retry_after_s == 5

    @given(st.integers(201, 599), st.binary() | st.text().map(str.encode))
    def test_never_raises(self, status: int, body: bytes) -> None:
        assert answers.fcm(status, body, sent_at=NOON).verdict is not Verdict.ACCEPTED

    @given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5))
    def test_never_raises_at_odd_details(self, odd: object) -> None:
        body = json.dumps({"error": {"details": odd, "status": odd}}).encode()

        assert answers.fcm(400, body, sent_at=NOON).verdict is Verdict.BUG


class TestLost:
    @pytest.mark.parametrize("code", [6, 7, 35, 60, 77])
    def test_may_be_sent_again_where_nothing_was_connected(self, code: int) -> None:
        assert answers.lost(code, has_started=True).verdict is Verdict.UNPROCESSED

    @pytest.mark.parametrize("code", [28, 52, 55, 56, 92])
    def test_is_in_doubt_once_it_left(self, code: int) -> None:
        assert answers.lost(code, has_started=True).verdict is Verdict.UNKNOWN
        assert answers.lost(code, has_started=False).verdict is Verdict.UNPROCESSED


def an_fcm_error(status: str, *details: dict[str, object]) -> bytes:
    return json.dumps({"error": {"status": status, "details": list(details)}}).encode()
