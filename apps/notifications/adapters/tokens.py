"""The one token a whole fleet shows a provider: minted by one, kept on a shelf, used by all.

Apple answers 429 to teams that mint more than a few an hour, however many servers they have.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from apps.notifications.errors import ShelfDown
from apps.notifications.ports import TokenShelf

_CLAIM_S: Final = 15
_WAIT_S: Final = 3.0
_POLL_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Minted:
    """A token and for how long it is good, in seconds."""

    token: str
    lasts_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedToken:
    """Renews at `fresh_s` of age, by whoever notices first; the others use the old one."""

    name: str
    shelf: TokenShelf
    mint: Callable[[], Minted]
    fresh_s: int
    # Not to be minted again before, even if the provider refused it: then it is the clock or key.
    young_s: int

    def get(self) -> str:
        """Return a token that is good for now.

        Raises:
            ShelfDown: the shelf does not answer, or whoever mints does not finish.

        """
        kept = self.shelf.find(self.name)
        if kept and time.time() - kept[1] < self.fresh_s:
            return kept[0]
        if self.shelf.claim(self.name, for_s=_CLAIM_S):
            return self._renew()
        return kept[0] if kept else self._wait()

    def refused(self, token: str) -> bool:
        """Hear that a provider refused a token; return whether a newer one is worth a try."""
        try:
            kept = self.shelf.find(self.name)
            if kept is None or kept[0] != token:
                return True
            is_old = time.time() - kept[1] >= self.young_s
            if is_old:
                self.shelf.drop(self.name)
        except ShelfDown:
            return False
        return is_old

    def _renew(self) -> str:
        minted = self.mint()
        now = int(time.time())
        self.shelf.keep(self.name, minted.token, minted_at=now, ttl_s=minted.lasts_s)
        return minted.token

    def _wait(self) -> str:
        deadline = time.monotonic() + _WAIT_S
        while time.monotonic() < deadline:
            time.sleep(_POLL_S)
            kept = self.shelf.find(self.name)
            if kept:
                return kept[0]
        raise ShelfDown(why=f"nobody finished minting {self.name}")
