"""What a clip may be, and where it is kept."""

from __future__ import annotations

import math
from typing import Final

from apps.streams.rules.recordings import recording_folder

MODES: Final = ("keyframes", "exact")
LEAST_S: Final = 1
MOST_S: Final = 180
MOST_TRIES: Final = 5
# The shortest segment an engine of ours cuts; it says how many of them the last seconds are.
LEAST_SEGMENT_S: Final = 1.0


def is_length(length_s: float) -> bool:
    return LEAST_S <= length_s <= MOST_S


def segments_for(last_s: float) -> int:
    """Return how many of the newest segments surely hold the last seconds."""
    return math.ceil(last_s / LEAST_SEGMENT_S) + 1


def clip_name(broadcast_id: str, clip_id: str, sha256: str) -> str:
    return f"{recording_folder(broadcast_id)}/clips/{clip_id}-{sha256[:16]}.mp4"
