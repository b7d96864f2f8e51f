"""What notifications needs from outside, said in its own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from apps.accounts.contracts import Follower
from apps.notifications.contracts import Outcome


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Message:
    """What every device of one language and platform is shown. Compared by identity."""

    platform: str
    title: str
    body: str
    data: Mapping[str, str]
    thread_id: str
    collapse_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One message for one device. `push_id` is a UUID, the same however often it is sent.

    Passive: it may have been shown before, so it must make no sound and open no banner.
    """

    push_id: str
    installation_id: str
    kind: str
    address: str = field(repr=False)
    env: str
    message: Message
    passive: bool = False


class PushProvider(Protocol):
    """Carries pushes to devices over one provider."""

    def send(self, batch: Sequence[Push]) -> list[Outcome]:
        """Send up to 500 pushes; return an outcome for each, in order.

        Has a deadline of 15 s and raises nothing: what went wrong is in the outcomes.
        """


class TokenShelf(Protocol):
    """Where the whole fleet keeps the one token it shows a provider."""

    def find(self, name: str) -> tuple[str, int] | None:
        """Return the token and when it was minted (seconds since 1970).

        Raises:
            ShelfDown: no answer in time; the caller may retry.

        """

    def keep(self, name: str, token: str, *, minted_at: int, ttl_s: int) -> None:
        """Replace the token."""

    def drop(self, name: str) -> None:
        """Take the token off, so that the next who needs it has a new one minted."""

    def claim(self, name: str, *, for_s: int) -> bool:
        """Become the one who mints; False while somebody else is."""


class Audience(Protocol):
    """Who follows whom. `apps.accounts.public` is one."""

    def list_followers(self, *, creator_id: str, after: str = "", limit: int) -> list[Follower]:
        """Return an audience in order of edge id, past the edge `after`."""
