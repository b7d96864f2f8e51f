"""Facts the accounts context announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kit.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountCreated(Event):
    key: ClassVar[str] = "account.created"

    user_id: str
    handle: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CreatorFollowed(Event):
    key: ClassVar[str] = "creator.followed"

    creator_id: str
    follower_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CreatorUnfollowed(Event):
    key: ClassVar[str] = "creator.unfollowed"

    creator_id: str
    follower_id: str
