"""Handles and names a new person starts with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.rules import HANDLE_PATTERN, MAX_DISPLAY_NAME_CHARS, name_from, wanted_handles
from kit.ids import new_id


class TestWantedHandles:
    @pytest.mark.parametrize(
        ("email", "handle"),
        [
            ("ada@example.org", "ada"),
            ("Ada.Lovelace+news@example.org", "ada_lovelace_news"),
            ("a@example.org", "auser"),
            ("日本@example.org", "user"),
        ],
    )
    def test_begin_with_the_local_part(self, email: str, handle: str) -> None:
        assert next(wanted_handles(email, new_id())) == handle

    @given(st.emails())
    def test_are_all_valid_and_different(self, email: str) -> None:
        handles = list(wanted_handles(email, new_id()))

        assert all(HANDLE_PATTERN.fullmatch(handle) for handle in handles)
        assert len(set(handles)) == len(handles)

    def test_end_with_one_nobody_else_can_have(self) -> None:
        user_id = new_id()

        assert list(wanted_handles("ada@example.org", user_id))[-1] == f"u_{user_id.lower()}"


class TestNameFrom:
    def test_makes_words_of_the_local_part(self) -> None:
        assert name_from("ada.lovelace_1@example.org") == "Ada Lovelace 1"

    @given(st.emails())
    def test_is_never_empty_nor_too_long(self, email: str) -> None:
        assert 1 <= len(name_from(email)) <= MAX_DISPLAY_NAME_CHARS
