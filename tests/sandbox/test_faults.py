from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from sandbox import client
from sandbox.threaded import StandIns
from tests.sandbox import plain

USES = ("google_url", "fcm_url", "apns_url", "wowza_url")


CLOSED = (httpx.RemoteProtocolError, httpx.NetworkError)


class TestFail:
    def test_answers_as_ordered_so_many_times(self, stand_ins: StandIns) -> None:
        client.fail(
            stand_ins.google_url,
            path_prefix="/tokeninfo",
            status=503,
            body={"error": "busy"},
            headers={"Retry-After": "7"},
            times=2,
        )

        answers = [tokeninfo(stand_ins) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [503, 503, 400]
        assert (answers[0].json(), answers[0].headers["retry-after"]) == ({"error": "busy"}, "7")

    def test_leaves_other_calls_alone(self, stand_ins: StandIns) -> None:
        client.fail(stand_ins.google_url, path_prefix="/token", method="POST", status=500)

        assert tokeninfo(stand_ins).status_code == 400

    def test_lasts_until_cleared(self, stand_ins: StandIns) -> None:
        client.fail(stand_ins.google_url, status=500, body="<h1>Oops</h1>", times=None)
        broken = [tokeninfo(stand_ins) for _ in range(3)]
        client.clear(stand_ins.google_url)

        healed = tokeninfo(stand_ins)

        assert [answer.status_code for answer in broken] == [500] * 3
        assert broken[0].headers["content-type"] == "text/html"
        assert healed.status_code == 400

    def test_hangs_until_the_clients_deadline(self, stand_ins: StandIns) -> None:
        client.fail(stand_ins.google_url, hang_s=30)
        begun = time.monotonic()

        with pytest.raises(httpx.ReadTimeout):
            tokeninfo(stand_ins, timeout=0.2)

        assert time.monotonic() - begun < 10
        assert tokeninfo(stand_ins).status_code == 400

    def test_hangs_on_one_stream_only(self, stand_ins: StandIns) -> None:
        url = stand_ins.apns_url
        client.fail(url, path_prefix="/slow", hang_s=30)

        with httpx.Client(http2=True, verify=client.trust(url), trust_env=False) as wire:
            with pytest.raises(httpx.ReadTimeout):
                wire.get(f"{url}/slow", timeout=0.2)
            answer = wire.get(f"{url}/other")

        assert answer.status_code == 404

    def test_hangs_no_longer_than_told_and_then_hangs_up(self, stand_ins: StandIns) -> None:
        client.fail(stand_ins.google_url, hang_s=0.1)

        with pytest.raises(CLOSED):
            tokeninfo(stand_ins)

    def test_answers_late(self, stand_ins: StandIns) -> None:
        client.fail(stand_ins.google_url, hang_s=0.1, status=504)

        assert tokeninfo(stand_ins).status_code == 504

    @pytest.mark.parametrize("name", ["google_url", "fcm_url", "apns_url", "wowza_url"])
    def test_resets_the_connection(self, stand_ins: StandIns, name: str) -> None:
        url = getattr(stand_ins, name)
        client.fail(url, reset=True)

        with (
            httpx.Client(http2=True, verify=client.trust(url), trust_env=False) as wire,
            pytest.raises(CLOSED),
        ):
            wire.post(f"{url}/anything", json={})

        entry = client.ledger(url)[-1]
        assert (entry["status"], entry["fault"], entry["accepted"]) == (None, "reset", False)

    def test_keeps_what_was_done_though_the_answer_was_lost(self, stand_ins: StandIns) -> None:
        client.fail(stand_ins.google_url, status=502, done=True)

        answer = plain.get(f"{stand_ins.google_url}/o/oauth2/v2/auth")

        entry = client.ledger(stand_ins.google_url)[-1]
        assert answer.status_code == 502
        assert (entry["reason"], entry["fault"]) == ("invalid_client", "502 after the work")

    @pytest.mark.parametrize(
        "order",
        [
            {},
            {"status": 500, "surprise": 1},
            {"status": 500, "after_bytes": 9},
            {"status": "500"},
            {"status": 99},
            {"status": 500, "path_prefix": 7},
            {"status": 500, "times": 0},
            {"hang_s": -1},
            [],
        ],
    )
    def test_refuses_an_order_without_sense(self, stand_ins: StandIns, order: object) -> None:
        answer = plain.post(f"{stand_ins.google_url}/_sandbox/faults", json=order)

        assert answer.status_code == 400
        assert answer.json()["error"]


class TestLedger:
    def test_is_read_from_a_mark_on(self, stand_ins: StandIns) -> None:
        tokeninfo(stand_ins)
        mark = client.ledger(stand_ins.google_url)[-1]["seq"]
        tokeninfo(stand_ins)

        newer = client.ledger(stand_ins.google_url, after=mark)

        assert [entry["seq"] for entry in newer] == [mark + 1]

    def test_keeps_nothing_of_the_control_plane(self, stand_ins: StandIns) -> None:
        assert client.is_healthy(stand_ins.google_url)

        assert client.ledger(stand_ins.google_url) == []


class TestTell:
    @pytest.mark.parametrize(
        ("name", "what", "order"),
        [
            ("google_url", "quota", {"uploads": 1}),
            ("google_url", "quota", {"uploads_left": "1"}),
            ("google_url", "processing", {"failure": "boredom"}),
            ("fcm_url", "devices", {"x": {"code": "NOT_REGISTERED"}}),
            ("fcm_url", "devices", {"x": "dead"}),
            ("apns_url", "devices", {"x": {"why": "old"}}),
            ("wowza_url", "streams", {"app": "none", "name": "b-1"}),
            ("wowza_url", "streams", {"app": "live"}),
        ],
    )
    def test_refuses_what_it_does_not_understand(
        self, stand_ins: StandIns, name: str, what: str, order: dict[str, Any]
    ) -> None:
        with pytest.raises(httpx.HTTPStatusError) as refused:
            client.tell(getattr(stand_ins, name), what, order)

        assert refused.value.response.status_code == 400


class TestIsHealthy:
    def test_says_no_when_nobody_listens(self) -> None:
        assert not client.is_healthy("http://127.0.0.1:9")


def tokeninfo(stand_ins: StandIns, timeout: float = 10) -> httpx.Response:
    return plain.get(f"{stand_ins.google_url}/tokeninfo", timeout=timeout)
