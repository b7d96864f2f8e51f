"""Decisions about reports and cases, free of frameworks."""

from __future__ import annotations

from typing import Final

SUBJECT_TYPES: Final = ("broadcast", "person", "recording")
REPORT_REASONS: Final = (
    "spam",
    "harassment",
    "hate",
    "violence",
    "nudity",
    "child_safety",
    "self_harm",
    "copyright",
    "other",
)
OUTCOMES: Final = ("upheld", "dismissed")
MAX_NOTE_CHARS: Final = 1_000


def open_slot(subject_type: str, subject_id: str) -> str:
    """Return the unique value an open case of a subject holds: a second cannot be inserted."""
    return f"{subject_type}:{subject_id}"


def decided_slot(subject_type: str, subject_id: str, case_id: str) -> str:
    """Return what a case holds once decided, which lets a later report open a new one."""
    return f"{open_slot(subject_type, subject_id)}:{case_id}"
