"""What a task takes, read once from its signature: keyword arguments of plain types."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Union

PLAIN: tuple[type, ...] = (str, int, float, bool, list, dict, type(None))


class BadArguments(TypeError):
    """The message lacks an argument the task needs, or one is of another type."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The arguments of one task. A type that is not plain JSON is not checked."""

    types: Mapping[str, tuple[type, ...]]
    required: frozenset[str]
    takes_any: bool

    def pick(self, task: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what this release knows of what was given: a newer one may say more.

        Raises:
            BadArguments: one is missing or of another type.

        """
        missing = self.required - given.keys()
        if missing:
            raise BadArguments(f"{task} lacks {', '.join(sorted(missing))}.")
        for name, value in given.items():
            allowed = self.types.get(name)
            if allowed and not _is_one_of(value, allowed):
                names = " or ".join(kind.__name__ for kind in allowed)
                said = type(value).__name__
                raise BadArguments(f"{task} wants {name} as {names}, and got {said}.")
        if self.takes_any:
            return dict(given)
        return {name: value for name, value in given.items() if name in self.types}


@cache
def wanted(run: Callable[..., Any]) -> Wanted:
    """Return what a task's function takes."""
    hints = typing.get_type_hints(run)
    named = [
        one
        for one in inspect.signature(run).parameters.values()
        if one.kind in {one.KEYWORD_ONLY, one.POSITIONAL_OR_KEYWORD}
    ]
    return Wanted(
        types={one.name: _plain_types(hints.get(one.name, Any)) for one in named},
        required=frozenset(one.name for one in named if one.default is one.empty),
        takes_any=any(
            one.kind is one.VAR_KEYWORD for one in inspect.signature(run).parameters.values()
        ),
    )


def _plain_types(hint: Any) -> tuple[type, ...]:
    """Return the plain types a hint allows; nothing where it allows more than those."""
    origin = typing.get_origin(hint)
    if origin in {Union, types.UnionType}:
        each = [_plain_types(one) for one in typing.get_args(hint)]
        return tuple(kind for kinds in each for kind in kinds) if all(each) else ()
    plain = origin or hint
    return (plain,) if plain in PLAIN else ()


def _is_one_of(value: object, allowed: tuple[type, ...]) -> bool:
    if isinstance(value, bool):  # which Python calls an int
        return bool in allowed
    if isinstance(value, int) and float in allowed:
        return True
    return isinstance(value, allowed)
