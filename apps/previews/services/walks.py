"""How far a walk over everything is, between two of its steps; losing a place only repeats."""

from __future__ import annotations

from typing import Final

from django.core.cache import caches

REMEMBERED_S: Final = 7 * 24 * 3600


def place(walk: str) -> str:
    """Return the id a walk has come to; empty at its beginning."""
    return str(caches["state"].get(f"previews:walk:{walk}") or "")


def keep(walk: str, after: str) -> None:
    caches["state"].set(f"previews:walk:{walk}", after, timeout=REMEMBERED_S)
