"""Both adapters over real HTTP/2 and TLS, against the stand-ins."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from apps.notifications.adapters.transport import Http2, Request
from apps.notifications.contracts import Verdict
from sandbox import client
from sandbox.threaded import StandIns
from tests.notifications.builders import an_apns_token
from tests.notifications.lines import (
    ACCEPTED,
    TIMEOUT_S,
    Line,
    NoShelf,
    an_apns,
    apns_line,
    fcm_line,
)


@pytest.fixture(params=["apns", "fcm"])
def line(request: pytest.FixtureRequest, stand_ins: StandIns) -> Line:
    return apns_line(stand_ins) if request.param == "apns" else fcm_line(stand_ins)


class TestSend:
    def test_delivers_each_push_once_over_http2(self, line: Line) -> None:
        outcomes = line.send(60)

        assert outcomes == [ACCEPTED] * 60
        devices = Counter(entry["device"] for entry in line.seen())
        assert len(devices) == 60
        assert set(devices.values()) == {1}
        assert {entry["http"] for entry in line.seen()} == {"2"}

    def test_keeps_order_when_some_are_refused(self, line: Line, stand_ins: StandIns) -> None:
        batch = line.push(5)
        gone = {"status": 410} if line.kind == "apns_token" else {"code": "UNREGISTERED"}
        client.tell(line.url, "devices", {batch[2].address: gone})

        outcomes = line.provider.send(batch)

        assert [outcome.verdict for outcome in outcomes] == [
            *(Verdict.ACCEPTED, Verdict.ACCEPTED),
            Verdict.DEAD,
            *(Verdict.ACCEPTED, Verdict.ACCEPTED),
        ]
        assert outcomes[2].dead_at is not None
        assert abs(outcomes[2].dead_at - datetime.now(UTC)) < timedelta(seconds=30)

    @pytest.mark.parametrize(
        "body", [None, "<html>down</html>", {"reason": "InternalServerError"}]
    )
    def test_waits_out_a_provider_with_troubles(self, line: Line, body: object) -> None:
        line.fail(status=500, body=body)

        [outcome] = line.send()

        assert outcome.verdict is Verdict.RETRY

    def test_hears_how_long_to_wait(self, line: Line) -> None:
        line.fail(status=429, headers={"retry-after": "17"})

        [outcome] = line.send()

        assert (outcome.verdict, outcome.retry_after_s) == (Verdict.RETRY, 17)

    @pytest.mark.waits
    def test_never_waits_longer_than_its_deadline(self, line: Line) -> None:
        line.send()
        line.fail(hang_s=30, times=None)
        started = time.monotonic()

        outcomes = line.send(20)

        assert time.monotonic() - started < TIMEOUT_S + 2
        assert {outcome.verdict for outcome in outcomes} == {Verdict.UNKNOWN}

    @pytest.mark.waits
    def test_risks_one_push_on_a_fresh_connection(self, line: Line) -> None:
        line.fail(hang_s=30, times=None)

        outcomes = line.send(20)

        assert Counter(outcome.verdict for outcome in outcomes) == {
            Verdict.UNKNOWN: 1,
            Verdict.UNPROCESSED: 19,
        }

    def test_doubts_what_was_taken_but_not_answered(self, line: Line) -> None:
        line.send()
        line.fail(hang_s=0.1, done=True, times=None)

        [outcome] = line.send()

        assert outcome.verdict is Verdict.UNKNOWN
        assert len([entry for entry in line.seen() if entry["accepted"]]) >= 2

    def test_goes_on_after_a_broken_connection(self, line: Line) -> None:
        line.send()
        line.fail(hang_s=0.1, times=None)
        line.send()
        client.clear(line.url)

        assert line.send(10) == [ACCEPTED] * 10

    def test_sends_from_every_thread_of_a_process(self, line: Line) -> None:
        with ThreadPoolExecutor(4) as threads:
            outcomes = [one for part in threads.map(line.send, [25] * 4) for one in part]

        assert outcomes == [ACCEPTED] * 100
        assert len(line.seen()) == 100

    def test_sends_from_a_forked_child_and_leaves_the_parent_its_own(self, line: Line) -> None:
        line.send()
        fork = multiprocessing.get_context("fork")
        told = fork.SimpleQueue()
        child = fork.Process(target=lambda: told.put(line.send(10)))

        child.start()
        child.join(20)

        assert told.get() == [ACCEPTED] * 10
        assert line.send(10) == [ACCEPTED] * 10

    def test_asks_for_nothing_to_be_sent_when_the_shelf_is_away(self, stand_ins: StandIns) -> None:
        for line in (apns_line(stand_ins, NoShelf()), fcm_line(stand_ins, NoShelf())):
            assert [one.verdict for one in line.send(2)] == [Verdict.UNPROCESSED] * 2
            assert line.seen() == []


class TestNobodyThere:
    def test_is_not_processed(self, stand_ins: StandIns) -> None:
        apns_provider = an_apns(stand_ins, base_url="https://127.0.0.1:1")
        line = Line(apns_provider, stand_ins.apns_url, "apns_token")

        assert [one.verdict for one in line.send(3)] == [Verdict.UNPROCESSED] * 3

    def test_is_not_processed_where_the_certificate_is_none_we_trust(
        self, stand_ins: StandIns
    ) -> None:
        untrusting = an_apns(stand_ins, ca_file="")
        line = Line(untrusting, stand_ins.apns_url, "apns_token")

        assert [one.verdict for one in line.send(3)] == [Verdict.UNPROCESSED] * 3
        assert line.seen() == []


class TestExchange:
    def test_forgets_a_batch_that_was_interrupted(self, stand_ins: StandIns) -> None:
        http = Http2(ca_file=str(stand_ins.ca_file), timeout_s=TIMEOUT_S)
        request = Request(f"{stand_ins.apns_url}/3/device/{an_apns_token()}", (), b"{}")
        http.exchange([request])
        with pytest.raises(AttributeError):
            http.exchange([request, None])  # type: ignore[list-item]

        answers = http.exchange([request] * 3)

        assert [answer.status for answer in answers] == [403] * 3

    def test_has_nothing_to_say_about_nothing(self) -> None:
        assert Http2().exchange([]) == []
