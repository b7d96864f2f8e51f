"""Facts the previews context announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kit.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewReady(Event):
    """A set can be shown. Announced once a set, not at each refresh of a live."""

    key: ClassVar[str] = "preview.ready"

    subject: str
    subject_id: str
    broadcast_id: str
    is_live: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ShareReady(Event):
    """A composed clip can be fetched."""

    key: ClassVar[str] = "share.ready"

    share_id: str
    recording_id: str
    creator_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ShareFailed(Event):
    """A clip cannot be composed; `code` is one of errors.REFUSALS or `gave-up`."""

    key: ClassVar[str] = "share.failed"

    share_id: str
    recording_id: str
    creator_id: str
    code: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewFailed(Event):
    """The footage cannot be worked with; `code` is one of errors.REFUSALS or `gave-up`.

    `detail` says in English what was seen, for staff and creator.
    """

    key: ClassVar[str] = "preview.failed"

    subject: str
    subject_id: str
    broadcast_id: str
    code: str
    detail: str = ""
