"""What becomes of tasks that cannot be done: on a real worker, on both brokers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from kit.broker import DELIVERY_LIMIT, Producer
from kit.letters import Code, Letter, replay
from tests.services import wait_until
from tests.workers.staging import Staging, a_staging

pytestmark = [pytest.mark.waits, pytest.mark.timeout(240)]


@pytest.fixture(
    scope="module", params=["redis", pytest.param("rabbitmq", marks=pytest.mark.rabbitmq)]
)
def staging(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Staging]:
    with a_staging(tmp_path_factory.mktemp("staging"), broker=request.param) as staging:
        # four children: Celery replaces dead ones every five seconds, all at once
        staging.worker("default", "--execution", "prefork", "--concurrency", "4")
        yield staging


def the_letter(staging: Staging, task_id: str) -> Letter:
    """Wait for the dead letter of one task; there is one."""
    found: list[Letter] = []

    def came() -> bool:
        found.extend(staging.letters("default"))
        return any(letter.id == task_id for letter in found)

    assert wait_until(came, within_s=100), [letter.name for letter in found]
    (letter,) = [letter for letter in found if letter.id == task_id]
    return letter


class TestTask:
    def test_is_buried_with_its_traceback_when_no_try_would_mend_it(
        self, staging: Staging
    ) -> None:
        letter = the_letter(staging, staging.send("default.odd.fail", mark="seven"))

        assert (letter.why.code, letter.why.tries) == (Code.FAILED, 1)
        assert letter.why.reason == "ZeroDivisionError: no way to divide seven"
        assert "oddjobs/tasks.py" in letter.why.traceback
        assert json.loads(letter.body)[1] == {"mark": "seven"}

    def test_is_tried_again_when_the_provider_said(self, staging: Staging) -> None:
        task_id = staging.send("default.odd.wait_for", mark="tea", times=1, retry_after_s=3)

        assert wait_until(lambda: staging.done("tea") != [], within_s=30)
        first, second = map(float, staging.done("tea", "moments"))
        assert second - first >= 2.5
        assert staging.done("tea") == [task_id]

    def test_is_refused_with_the_name_of_what_it_lacks(self, staging: Staging) -> None:
        letter = the_letter(staging, staging.send("default.odd.mark", number="one"))

        assert letter.why.code == Code.BAD_ARGUMENTS
        assert letter.why.reason == "BadArguments: default.odd.mark lacks mark."

    def test_is_refused_when_an_argument_is_of_another_type(self, staging: Staging) -> None:
        letter = the_letter(staging, staging.send("default.odd.mark", mark="m", number="one"))

        assert letter.why.reason == (
            "BadArguments: default.odd.mark wants number as int, and got str."
        )

    def test_ignores_what_a_newer_release_says(self, staging: Staging) -> None:
        task_id = staging.send("default.odd.mark", mark="new", mood="happy")

        assert wait_until(lambda: staging.done("new") == [task_id], within_s=30)

    def test_that_overstays_is_killed_with_what_it_started(self, staging: Staging) -> None:
        letter = the_letter(staging, staging.send("default.odd.overstay", mark="long"))

        assert letter.why.code == Code.TIMED_OUT
        assert wait_until(lambda: not is_running(staging, "long"), within_s=10)

    def test_that_kills_its_process_is_given_up_and_can_be_replayed(
        self, staging: Staging
    ) -> None:
        task_id = staging.send("default.odd.die", mark="bomb")

        letter = the_letter(staging, task_id)
        staging.redis.set("mended:bomb", "yes")
        with staging.connection() as connection:
            replay(Producer(connection), letter)

        assert letter.why.code == Code.KILLED_ITS_PROCESS
        assert wait_until(lambda: staging.done("bomb") == [task_id], within_s=30)
        assert int(staging.redis.get("tries:bomb")) == DELIVERY_LIMIT + 2


class TestMessage:
    def test_of_a_task_this_release_lacks_is_buried(self, staging: Staging) -> None:
        letter = the_letter(staging, staging.send("default.tomorrows", mark="m"))

        assert letter.why.code == Code.UNKNOWN_TASK
        assert letter.name == "default.tomorrows"

    @pytest.mark.parametrize(
        ("body", "headers"),
        [
            (b"{", {}),
            (b"[]", {}),
            (b"\xff\xfe", {"task": "default.odd.mark", "id": "garbled"}),
            (b"5", {"task": "default.odd.mark", "id": "number"}),
            (b"[" * 100_000, {}),
        ],
    )
    def test_that_cannot_be_read_is_buried_as_it_was(
        self, staging: Staging, body: bytes, headers: dict[str, str]
    ) -> None:
        staging.publish(
            body,
            routing_key="default",
            headers=headers,
            content_type="application/json",
            content_encoding="utf-8",
        )

        (letter,) = some_letters(staging)
        assert (letter.why.code, letter.body) == (Code.UNREADABLE, body)

    def test_of_five_megabytes_is_worked_on_like_any_other(self, staging: Staging) -> None:
        task_id = staging.send("default.odd.mark", mark="big", ballast="x" * 5_000_000)

        assert wait_until(lambda: staging.done("big") == [task_id], within_s=30)


def some_letters(staging: Staging) -> list[Letter]:
    """Wait until there are dead letters, and take them."""
    found: list[Letter] = []

    def came() -> bool:
        found.extend(staging.letters("default"))
        return found != []

    assert wait_until(came, within_s=30)
    return found


def is_running(staging: Staging, mark: str) -> bool:
    number = int(staging.redis.get(f"child:{mark}"))
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True
