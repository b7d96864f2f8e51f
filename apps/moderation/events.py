"""Facts the moderation context announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kit.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseOpened(Event):
    """Somebody reported a subject that no open case was about."""

    key: ClassVar[str] = "case.opened"

    case_id: str
    subject_type: str
    subject_id: str
    owner_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseDecided(Event):
    key: ClassVar[str] = "case.decided"

    case_id: str
    subject_type: str
    subject_id: str
    owner_id: str
    outcome: str  # upheld | dismissed
    reason: str
    notice: str  # what the owner is told; may be empty where the case was dismissed
    decided_by: str
