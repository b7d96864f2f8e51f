"""The ports with nothing behind them but memory, for development and tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from apps.accounts.contracts import Follower
from apps.notifications.contracts import Outcome, Verdict
from apps.notifications.ports import Audience, Push, PushProvider, TokenShelf


class Killed(BaseException):
    """Stands for a process that died: nothing above is meant to catch it."""


@dataclass(slots=True)
class MemoryShelf(TokenShelf):
    kept: dict[str, tuple[str, int]] = field(default_factory=dict)
    claimed: set[str] = field(default_factory=set)

    @override
    def find(self, name: str) -> tuple[str, int] | None:
        return self.kept.get(name)

    @override
    def keep(self, name: str, token: str, *, minted_at: int, ttl_s: int) -> None:
        self.kept[name] = (token, minted_at)
        self.claimed.discard(name)

    @override
    def drop(self, name: str) -> None:
        self.kept.pop(name, None)

    @override
    def claim(self, name: str, *, for_s: int) -> bool:
        if name in self.claimed:
            return False
        self.claimed.add(name)
        return True


@dataclass(slots=True)
class Memory(PushProvider):
    """Accepts everything but the addresses in `answers`, which get theirs, one at a time.

    `dies_after`: take this many pushes more, then die in the middle of the batch.
    """

    shelf: TokenShelf = field(default_factory=MemoryShelf)
    sent: list[Push] = field(default_factory=list)
    answers: dict[str, list[Outcome]] = field(default_factory=dict)
    dies_after: int | None = None

    @override
    def send(self, batch: Sequence[Push]) -> list[Outcome]:
        return [self._take(push) for push in batch]

    def _take(self, push: Push) -> Outcome:
        if self.dies_after is not None:
            if self.dies_after == 0:
                raise Killed
            self.dies_after -= 1
        self.sent.append(push)
        waiting = self.answers.get(push.address)
        return waiting.pop(0) if waiting else Outcome(verdict=Verdict.ACCEPTED)


@dataclass(slots=True)
class MemoryAudience(Audience):
    """Followers by creator."""

    edges: dict[str, list[Follower]] = field(default_factory=dict)

    @override
    def list_followers(self, *, creator_id: str, after: str = "", limit: int) -> list[Follower]:
        later = [edge for edge in self.edges.get(creator_id, []) if edge.edge_id > after]
        return sorted(later, key=lambda edge: edge.edge_id)[:limit]
