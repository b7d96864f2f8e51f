from __future__ import annotations

import pytest

from kit.ids import is_id, new_id
from kit.pages import BadCursor, BadLimit, PageRequest, cut


class TestPageRequest:
    def test_has_a_sensible_default(self) -> None:
        assert PageRequest.read({}) == PageRequest(cursor=None, limit=20)

    def test_takes_an_id_as_cursor(self) -> None:
        cursor = new_id()

        assert PageRequest.read({"cursor": cursor, "limit": "5"}) == PageRequest(cursor, 5)

    @pytest.mark.parametrize("cursor", ["x", "1" * 27, "8" + "0" * 25, "../../etc"])
    def test_refuses_a_cursor_that_is_none_of_ours(self, cursor: str) -> None:
        with pytest.raises(BadCursor):
            PageRequest.read({"cursor": cursor})

    @pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5", "9" * 5000])
    def test_refuses_a_limit_out_of_bounds(self, limit: str) -> None:
        with pytest.raises(BadLimit):
            PageRequest.read({"limit": limit})


class TestCut:
    def test_names_the_rest_where_there_is_one(self) -> None:
        page = cut(["c", "b", "a"], limit=2, cursor_of=str)

        assert (page.items, page.next) == (["c", "b"], "b")

    def test_ends_where_nothing_is_left(self) -> None:
        page = cut(["b", "a"], limit=2, cursor_of=str)

        assert (page.items, page.next) == (["b", "a"], None)


def test_ids_are_ulids_in_the_order_of_their_birth() -> None:
    made = [new_id() for _ in range(50)]

    assert all(map(is_id, made))
    assert [one[:10] for one in made] == sorted(one[:10] for one in made)
