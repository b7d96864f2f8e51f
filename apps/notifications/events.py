"""Facts the notifications context announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from apps.notifications.contracts import FOLLOWERS
from kit.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeRequested(Event):
    """A notice is written down and waits to be sent; said in the write that creates it."""

    key: ClassVar[str] = "notice.requested"

    notice_id: str
    type: str
    audience: str  # "followers" or a user id

    @property
    def is_bulk(self) -> bool:
        return self.audience == FOLLOWERS
