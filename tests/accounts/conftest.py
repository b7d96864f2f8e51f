"""Fixtures of the accounts tests."""

from tests.accounts.away import documents_away as documents_away
