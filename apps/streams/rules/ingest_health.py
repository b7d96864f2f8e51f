"""What an encoder's numbers mean, said to its owner in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from itertools import pairwise
from statistics import fmean
from typing import Final

from apps.streams.contracts import HealthPoint

MOST_POINTS: Final = 60
# Players wait for a key frame: four seconds are two segments of ours.
MAX_KEYFRAME_INTERVAL_S: Final = 4.0
MIN_FPS: Final = 20.0
# Below this part of what it was, the bitrate is falling.
FALLING: Final = 0.6
MIN_BITRATE_BPS: Final = 400_000
# One in fifty frames lost is seen.
MAX_DROPPED_PART: Final = 0.02
_LIMITS: Final[Mapping[str, float]] = {
    "bitrate_bps": 1e9,
    "fps": 1_000,
    "keyframe_interval_s": 3_600,
    "width": 16_384,
    "height": 16_384,
    "dropped_frames": 1e9,
    "audio_bitrate_bps": 1e8,
}


def point_of(measured: Mapping[str, float], *, at: datetime) -> HealthPoint:
    """Return what an ingest measured, in bounds; names we do not know are left out.

    A broken measurement (negative, NaN, endless) counts as unknown.
    """
    kept: dict[str, float] = {}
    for name, most in _LIMITS.items():
        value = measured.get(name, 0.0)
        kept[name] = value if 0 <= value <= most else 0.0
    whole = {one.name for one in fields(HealthPoint) if one.type == "int"}
    return HealthPoint(
        at=at,
        **{name: int(value) if name in whole else value for name, value in kept.items()},  # type: ignore[arg-type] # by the fields' own types
    )


def dropped_between(before: HealthPoint | None, after: HealthPoint) -> int:
    """Return the frames lost between two measurements; a total that fell is a new session's."""
    if before is None or after.dropped_frames < before.dropped_frames:
        return after.dropped_frames
    return after.dropped_frames - before.dropped_frames


def counters_of(point: HealthPoint, *, dropped: int) -> dict[str, int]:
    """Return what a measurement adds to the counters of its minute."""
    return {
        "ingest_samples": 1,
        "ingest_kbps": point.bitrate_bps // 1000,
        "ingest_millifps": int(point.fps * 1000),
        "ingest_dropped": dropped,
    }


def warnings_of(points: Sequence[HealthPoint]) -> list[str]:
    """Return sentences a creator can act on, the gravest first; none where all is well."""
    if not points:
        return []
    latest, before = points[-1], points[:-1]
    said = [
        _bitrate(latest, before),
        _dropped(points),
        _keyframes(latest),
        f"Only {latest.fps:.0f} frames a second arrive: lower the resolution of the encoder."
        if 0 < latest.fps < MIN_FPS
        else "",
        ""
        if latest.audio_bitrate_bps or not latest.bitrate_bps
        else "No sound arrives: check the microphone.",
    ]
    return [one for one in said if one]


def _bitrate(latest: HealthPoint, before: Sequence[HealthPoint]) -> str:
    if latest.bitrate_bps == 0:
        return "No video arrives: check the connection of the encoder."
    usual = fmean(one.bitrate_bps for one in before) if before else 0.0
    if latest.bitrate_bps < usual * FALLING:
        return (
            f"The bitrate falls: {latest.bitrate_bps / 1e6:.1f} Mbit/s after "
            f"{usual / 1e6:.1f} Mbit/s. The uplink may be too slow."
        )
    if latest.bitrate_bps < MIN_BITRATE_BPS:
        return f"The bitrate is low: {latest.bitrate_bps / 1e3:.0f} kbit/s look blurred."
    return ""


def _dropped(points: Sequence[HealthPoint]) -> str:
    if len(points) < 2 or not points[-1].fps:  # noqa: PLR2004 (a pair)
        return ""
    span_s = (points[-1].at - points[0].at).total_seconds()
    lost = sum(dropped_between(before, after) for before, after in pairwise(points))
    if lost <= MAX_DROPPED_PART * span_s * points[-1].fps:
        return ""
    return f"{lost} frames were lost in the last {span_s:.0f} s: lower the encoder's bitrate."


def _keyframes(latest: HealthPoint) -> str:
    if latest.keyframe_interval_s <= MAX_KEYFRAME_INTERVAL_S:
        return ""
    return (
        f"Key frames come every {latest.keyframe_interval_s:.1f} s: set the encoder to 2 s, "
        "or players start late."
    )
