"""The renditions of a recording: never above the source, and portrait as well as landscape."""

from __future__ import annotations

from typing import Final

from apps.streams.contracts import Piece, Rung

# Short side in pixels → bits a second (after Apple's HLS authoring specification, 30 frames/s).
BITRATES: Final = {1080: 5_000_000, 720: 2_800_000, 480: 1_200_000, 360: 700_000, 240: 350_000}
MOST_RUNGS: Final = 4
# One piece is encoded in one go: a kill costs no more than this, and progress moves as often.
PIECE_S: Final = 20
SEGMENT_S: Final = 4


def ladder(*, width: int, height: int, bitrate_bps: float) -> tuple[Rung, ...]:
    """Return the rungs of a source, best first; the first one has its size, if at most 1080p.

    `bitrate_bps` is the source's; a rung above it would spend bits on nothing.
    """
    source = min(width, height)
    top = min(source, max(BITRATES))
    sides = [top, *(side for side in BITRATES if side < top * 0.9)][:MOST_RUNGS]
    return tuple(
        Rung(
            short_side=_even(side),
            width=_even(width * side / source),
            height=_even(height * side / source),
            bitrate_bps=int(min(_bitrate(side), max(bitrate_bps * 1.1, 150_000))),
        )
        for side in sides
    )


def pieces(*, duration_s: float, has_audio: bool, rungs: tuple[Rung, ...]) -> list[Piece]:
    """Return the work in order: the sound, where there is any, then span after span."""
    sound = [Piece(number=0, start_s=0.0, length_s=duration_s, rungs=())] if has_audio else []
    # A rest of less than a second joins the piece before it.
    count = max(1, int((duration_s - 1) // PIECE_S) + 1)
    return [
        *sound,
        *(
            Piece(
                number=nth + 1,
                start_s=float(nth * PIECE_S),
                length_s=float(PIECE_S) if nth < count - 1 else duration_s - nth * PIECE_S + 1,
                rungs=rungs,
            )
            for nth in range(count)
        ),
    ]


def _bitrate(side: int) -> float:
    """Return the bits a second of any short side: between two rungs by the area."""
    nearest = min(BITRATES, key=lambda known: abs(known - side))
    return float(BITRATES[nearest] * (side / nearest) ** 2)


def _even(pixels: float) -> int:
    """Return a size that 4:2:0 video can have."""
    return max(2, round(pixels / 2) * 2)
