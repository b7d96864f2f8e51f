"""Journeys bring stacks of their own: the stores that other tests share are not touched."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def _documents() -> None:
    """A journey looks at documents through its own stack."""


@pytest.fixture(autouse=True)
def _empty_stores() -> None:
    """And leaves alone what is not its own."""
