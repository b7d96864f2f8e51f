"""Writes that the engine undid in favour of others; `tests/social/test_races.py` meets them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mongoengine import OperationError
from pymongo.errors import OperationFailure

from kit.documents import PAUSES_S, WRITE_CONFLICT, until_it_stands


def undone(times: int, failure: OperationFailure) -> Callable[[str], list[str]]:
    """Return a write that fails so often as mongoengine tells a failure of pymongo's."""
    tried: list[str] = []

    def write(what: str) -> list[str]:
        tried.append(what)
        if len(tried) <= times:
            try:
                raise failure
            except OperationFailure as found:
                raise OperationError(f"Update failed ({found})")  # noqa: B904 (as mongoengine)
        return tried

    return write


DEADLOCK = OperationFailure("deadlock detected", 1)
CONFLICT = OperationFailure("Write conflict", WRITE_CONFLICT)


@pytest.mark.parametrize("failure", [DEADLOCK, CONFLICT], ids=["deadlock", "conflict"])
class TestUndoneWrite:
    def test_is_tried_again(self, failure: OperationFailure) -> None:
        assert until_it_stands(undone(2, failure), "w") == ["w"] * 3

    def test_is_given_up_in_the_end(self, failure: OperationFailure) -> None:
        write = undone(len(PAUSES_S) + 1, failure)

        with pytest.raises(OperationError, match=str(failure)[:8]):
            until_it_stands(write, "w")

        assert write("w") == ["w"] * (len(PAUSES_S) + 2)


class TestWriteThatFailsOtherwise:
    def test_is_not_tried_again(self) -> None:
        write = undone(1, OperationFailure("not authorized", 13))

        with pytest.raises(OperationError, match="not authorized"):
            until_it_stands(write, "w")

        assert write("w") == ["w", "w"]
