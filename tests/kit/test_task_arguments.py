from __future__ import annotations

from typing import Any

import pytest

from kit.task_arguments import BadArguments, wanted


def plan(*, notice_id: str, limit: int = 5, ratio: float = 1.0, note: str | None = None) -> None:
    """A task's function."""


def gather(*, ids: list[str], is_late: bool = False, **more: object) -> None:
    """One that takes whatever comes."""


class TestPick:
    @pytest.mark.parametrize(
        "given",
        [
            {"notice_id": "a"},
            {"notice_id": "a", "limit": 3},
            {"notice_id": "a", "ratio": 2},
            {"notice_id": "a", "note": None},
            {"notice_id": "a", "note": "b"},
        ],
    )
    def test_takes_plain_values_of_their_types(self, given: dict[str, Any]) -> None:
        assert wanted(plan).pick("t", given) == given

    @pytest.mark.parametrize(
        ("given", "says"),
        [
            ({}, "t lacks notice_id."),
            ({"notice_id": 5}, "t wants notice_id as str, and got int."),
            ({"notice_id": None}, "t wants notice_id as str, and got NoneType."),
            ({"notice_id": "a", "limit": "3"}, "t wants limit as int, and got str."),
            ({"notice_id": "a", "limit": True}, "t wants limit as int, and got bool."),
            ({"notice_id": "a", "note": 1}, "t wants note as str or NoneType, and got int."),
        ],
    )
    def test_refuses_what_no_later_try_would_mend(self, given: dict[str, Any], says: str) -> None:
        with pytest.raises(BadArguments, match=f"^{says}$"):
            wanted(plan).pick("t", given)

    def test_drops_what_a_newer_release_says(self) -> None:
        picked = wanted(plan).pick("t", {"notice_id": "a", "mood": "happy"})

        assert picked == {"notice_id": "a"}

    def test_leaves_it_to_a_function_that_takes_everything(self) -> None:
        given = {"ids": ["a"], "mood": "happy"}

        assert wanted(gather).pick("t", given) == given
