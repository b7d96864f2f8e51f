"""Where names lead."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol


class Resolver(Protocol):
    """Says where names lead, as this host sees it."""

    def resolve(self, hosts: Collection[str]) -> dict[str, list[str]]:
        """Return every IP address of each host, all looked up together.

        Who has none, or none in time, is left out. A literal address is its own.
        """
