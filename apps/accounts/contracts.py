"""What other contexts may hold of a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfileSummary:
    """What everyone may see of a person."""

    id: str
    handle: str
    display_name: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Follower:
    """One edge of an audience: who follows, and how loud the bell is (all, highlights, none)."""

    edge_id: str
    follower_id: str
    bell: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """One creator somebody follows, and since when."""

    creator_id: str
    since: datetime
    bell: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnProfile(ProfileSummary):
    """What only the person themselves may see."""

    email: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CreatorSummary(ProfileSummary):
    """A creator, as one viewer sees them; `follow` is None where that viewer does not follow."""

    follow: Followed | None
