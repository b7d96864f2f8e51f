"""What other contexts may hold of a notice, a device and somebody's wishes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

FOLLOWERS: Final = "followers"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewNotice:
    """Something worth telling. `key` makes asking twice the same as asking once.

    `audience` is "followers" (of `creator_id`) or one user id. `facts` fill the wording's
    {placeholders}; `payload` goes to the app, which opens the right screen by it.
    """

    key: str
    type: str
    audience: str
    creator_id: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    payload: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeSummary:
    """How far a notice got. state is planning, sending or done; counters count pushes.

    Counters: accepted, dead, failed, unknown, expired are devices, muted are people who did not
    want it and opened are devices that opened the app by it.
    """

    id: str
    key: str
    type: str
    audience: str
    creator_id: str
    state: str
    created_at: datetime
    expires_at: datetime
    counters: dict[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxItem:
    """One line of somebody's inbox, in their language."""

    id: str
    type: str
    creator_id: str
    title: str
    body: str
    payload: dict[str, str]
    created_at: datetime
    is_read: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """What an app says of itself at every start.

    platform: ios | android · address_kind: apns_token | fcm_token | fcm_fid · env: production |
    sandbox (APNs only, from the build's entitlement).
    """

    installation_id: str
    platform: str
    address_kind: str
    address: str
    app: str = "showrunner"
    env: str = "production"
    lang: str = "en"
    tz: str = "UTC"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceSummary:
    """A device without its address, which is a secret. state: active | invalid | revoked."""

    installation_id: str
    platform: str
    provider: str
    app: str
    env: str
    lang: str
    tz: str
    state: str
    seen_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Channels:
    """Where one type of notice may reach somebody."""

    push: bool
    inapp: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class QuietHours:
    """No push from start to end, HH:MM on the clock of `tz` (IANA); may cross midnight."""

    tz: str
    start: str
    end: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """Somebody's preferences; a type that is missing keeps the registry's default."""

    types: Mapping[str, Channels] = field(default_factory=dict)
    quiet_hours: QuietHours | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Stuck:
    """Work whose task seems lost: ids to queue again."""

    plans: list[str]
    chunks: list[str]
    personal: list[str]


class Verdict(StrEnum):
    """What an answer of a provider means for the push and for its address."""

    ACCEPTED = "accepted"
    DEAD = "dead"  # the address is gone since `dead_at`
    WRONG_ENV = "wrong_env"  # perhaps an address of the provider's other environment
    WRONG_APP = "wrong_app"  # an address of another app, or our own configuration
    SUSPECT = "suspect"  # perhaps a bad address, perhaps our message
    BUG = "bug"  # our message is wrong; never the device's fault
    CREDENTIALS = "credentials"  # a person must mend our account; the push can wait
    RETRY = "retry"  # refused for now
    UNPROCESSED = "unprocessed"  # never reached the provider
    UNKNOWN = "unknown"  # may have been taken: the answer is lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The verdict on one push, and the provider's own word for it."""

    verdict: Verdict
    reason: str = ""
    dead_at: datetime | None = None
    retry_after_s: int = 0
