"""What a dead letter says, whoever wrote it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from kombu import Message

from kit import letters
from kit.letters import Code, Why


def a_message(body: bytes = b"{}", **headers: Any) -> Message:
    made: Any = Message  # whose stubs know only text
    found: Message = made(body=body, headers=headers, content_type="application/json")
    return found


def of_headers(headers: dict[str, Any]) -> Message:
    return a_message(**headers)


class TestRead:
    def test_knows_a_task_by_its_headers(self) -> None:
        letter = letters.read(a_message(task="social.upload", id="t1"), queue="social")

        assert (letter.kind, letter.name, letter.id) == ("task", "social.upload", "t1")

    def test_knows_an_event_by_its_envelope(self) -> None:
        body = b'{"id": "e1", "key": "broadcast.live", "request_id": "r"}'

        letter = letters.read(a_message(body), queue="events.social")

        assert (letter.kind, letter.name, letter.id) == ("event", "broadcast.live", "e1")
        assert letter.request_id == "r"

    @pytest.mark.parametrize("body", [b"", b"\xff", b"5", b"[" * 100_000, b'{"key": 5}'])
    def test_shows_raw_what_it_cannot_read_under_the_same_id_each_time(self, body: bytes) -> None:
        first, second = (letters.read(a_message(body), queue="default") for _ in range(2))

        assert (first.kind, first.body) == ("unknown", body)
        assert first.id == second.id != ""

    def test_says_what_we_wrote_with_it(self) -> None:
        why = Why(code=Code.GAVE_UP, reason="YouTubeDown: 503", traceback="…", tries=9)

        letter = letters.read(a_message(task="t", id="1", **why.headers()), queue="social")

        assert letter.why == why

    def test_keeps_the_end_of_a_long_traceback(self) -> None:
        why = Why(code=Code.FAILED, reason="x" * 9_000, traceback="a" * 9_000 + "cause")

        headers = why.headers()

        assert headers[letters.TRACEBACK].endswith("cause")
        assert len(headers[letters.TRACEBACK]) == letters.MAX_TRACEBACK_CHARS
        assert len(headers[letters.REASON]) == letters.MAX_REASON_CHARS

    def test_understands_rabbitmqs_delivery_limit(self) -> None:
        died_at = datetime(2026, 11, 26, 12)  # noqa: DTZ001 (as AMQP gives it)
        message = of_headers(
            {
                "task": "t",
                "id": "1",
                "x-first-death-reason": "delivery_limit",
                "x-delivery-count": 11,
                "x-death": [{"time": died_at, "queue": "default"}],
            },
        )

        letter = letters.read(message, queue="default")

        assert (letter.why.code, letter.why.tries) == (Code.KILLED_ITS_PROCESS, 11)
        assert letter.at == died_at.replace(tzinfo=UTC)

    @pytest.mark.parametrize(
        "forged", [{letters.CODE: "nonsense"}, {letters.CODE: "failed", letters.TRIES: "many"}]
    )
    def test_takes_headers_that_somebody_else_wrote(self, forged: dict[str, str]) -> None:
        letter = letters.read(of_headers({"task": "t", "id": "1", **forged}), queue="default")

        assert (letter.why.code, letter.why.tries) == (Code.FAILED, 1)


def test_what_only_expired_is_worthless() -> None:
    assert letters.is_worthless(of_headers({"x-first-death-reason": "expired"}))
    assert not letters.is_worthless(of_headers({"x-first-death-reason": "rejected"}))
    assert not letters.is_worthless(a_message())
