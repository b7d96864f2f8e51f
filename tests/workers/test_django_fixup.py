"""What is closed after a task: what it opened, and nothing where it opened nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections
from typing_extensions import override

from workers.app import app
from workers.django_fixup import Fixup, WorkerFixup


class Counting(WorkerFixup):
    """Counts instead of closing, as an in-memory database never closes."""

    closed = 0

    @override
    def close_database(self, **_: Any) -> None:
        self.closed += 1


def a_task(*, is_eager: bool = False) -> Any:
    return SimpleNamespace(request=SimpleNamespace(is_eager=is_eager))


def after_a_task(*, opens: bool, is_eager: bool = False) -> int:
    """Return how often databases were closed after a task in a thread of its own."""
    fixup = Counting(app)

    def work() -> None:
        if opens:
            connections["default"]
        fixup.on_task_postrun(sender=a_task(is_eager=is_eager))

    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(work).result()
    return fixup.closed


class TestWorkerFixup:
    @pytest.mark.parametrize("opens", [True, False])
    def test_closes_where_a_task_used_a_database(self, *, opens: bool) -> None:
        assert after_a_task(opens=opens) == opens

    def test_leaves_a_task_that_runs_within_its_caller(self) -> None:
        assert after_a_task(opens=True, is_eager=True) == 0

    def test_is_what_our_workers_have(self) -> None:
        # celery-types leaves the attribute out
        fixups: list[Any] = app._fixups  # type: ignore[attr-defined]

        found = [one for one in fixups if isinstance(one, Fixup)]

        assert [type(one.worker_fixup) for one in found] == [WorkerFixup]
