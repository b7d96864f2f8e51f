"""Fixtures of the admin tests."""

from tests.accounts.away import documents_away as documents_away
