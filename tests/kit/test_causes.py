from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import pytest

from kit import causes

Call = tuple[str, Mapping[str, object]]


def queued_by(event_id: str, subscriber: str, *calls: Call) -> list[str]:
    with causes.bind(event_id, subscriber):
        return [str(causes.task_id(name, kwargs)) for name, kwargs in calls]


class TestTaskId:
    def test_is_none_outside_a_delivery(self) -> None:
        with causes.bind("e", "push.tell"):
            pass

        assert causes.task_id("push.urgent.send", {}) is None
        assert causes.current() is None

    def test_is_the_same_uuid_when_the_event_comes_again(self) -> None:
        call = ("push.urgent.send", {"notice_id": "n", "chunk": 1})

        first = queued_by("e", "push.tell", call, call)

        assert queued_by("e", "push.tell", call, call) == first
        assert [str(UUID(one)) for one in first] == first

    def test_differs_for_the_second_identical_call_of_a_delivery(self) -> None:
        call = ("push.urgent.send", {"notice_id": "n"})

        first, second = queued_by("e", "push.tell", call, call)

        assert first != second

    def test_does_not_depend_on_the_order_of_arguments_and_of_other_calls(self) -> None:
        [before] = queued_by("e", "push.tell", ("a.b", {"x": 1, "y": 2}))

        [_, after] = queued_by("e", "push.tell", ("a.c", {}), ("a.b", {"y": 2, "x": 1}))

        assert after == before

    @pytest.mark.parametrize(
        ("event_id", "subscriber", "name", "kwargs"),
        [
            ("other", "push.tell", "a.b", {"x": 1}),
            ("e", "push.other", "a.b", {"x": 1}),
            ("e", "push.tell", "a.other", {"x": 1}),
            ("e", "push.tell", "a.b", {"x": "1"}),
        ],
    )
    def test_differs_where_anything_differs(
        self, event_id: str, subscriber: str, name: str, kwargs: dict[str, object]
    ) -> None:
        [known] = queued_by("e", "push.tell", ("a.b", {"x": 1}))

        assert queued_by(event_id, subscriber, (name, kwargs)) != [known]

    def test_refuses_what_could_not_travel(self) -> None:
        with causes.bind("e", "push.tell"), pytest.raises(TypeError):
            causes.task_id("a.b", {"x": object()})

    def test_knows_the_innermost_delivery(self) -> None:
        with causes.bind("outer", "a.b"):
            with causes.bind("inner", "c.d") as cause:
                assert causes.current() is cause
            outer = causes.current()

        assert outer is not None
        assert (outer.id, outer.by) == ("outer", "a.b")
