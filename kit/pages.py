"""Cursor pages: `{items, next}`; the cursor is the id of the last item, newest first."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from kit.errors import Invalid
from kit.ids import is_id

T = TypeVar("T")
R = TypeVar("R")

DEFAULT_LIMIT: Final = 20
MAX_LIMIT: Final = 100
LIMIT_PATTERN: Final = re.compile(r"[0-9]{1,3}")


class BadCursor(Invalid):
    code = "bad-cursor"
    sentence = "The cursor is none of ours; start without one."


class BadLimit(Invalid):
    code = "bad-limit"
    sentence = "The limit must be a whole number from 1 to {most}."


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What a caller asked for: items older than `cursor`, at most `limit` of them."""

    cursor: str | None = None
    limit: int = DEFAULT_LIMIT

    @classmethod
    def read(cls, query: dict[str, str]) -> PageRequest:
        """Read `cursor` and `limit` from a query string.

        Raises:
            BadCursor: the cursor is no id.
            BadLimit: the limit is no number between 1 and MAX_LIMIT.

        """
        cursor = query.get("cursor") or None
        if cursor is not None and not is_id(cursor):
            raise BadCursor
        limit = query.get("limit") or str(DEFAULT_LIMIT)
        if not LIMIT_PATTERN.fullmatch(limit) or not 1 <= int(limit) <= MAX_LIMIT:
            raise BadLimit(most=MAX_LIMIT)
        return cls(cursor=cursor, limit=int(limit))


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, and the cursor of the rest where there is one."""

    items: list[T]
    next: str | None = None

    def map(self, change: Callable[[T], R]) -> Page[R]:
        return Page([change(item) for item in self.items], self.next)


def cut(rows: Sequence[T], *, limit: int, cursor_of: Callable[[T], str]) -> Page[T]:
    """Make a page of rows that were fetched with one more than the limit."""
    items = list(rows[:limit])
    return Page(items, cursor_of(items[-1]) if len(rows) > limit else None)
