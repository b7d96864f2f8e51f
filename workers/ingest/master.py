"""`index.m3u8` of a broadcast with a ladder: which renditions there are (RFC 8216 §4.3.4.2).

It is written once every rendition has a segment, and again when a track begins or a segment needs
more bandwidth than was told; it tells what was measured. The short sides that the broadcast began
with are kept in it, so that every later session makes the same renditions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workers.ingest.follower import NAME
from workers.ingest.meter import Meter
from workers.ingest.playlist import Playlist, Segment
from workers.ingest.renditions import list_names

HEADROOM: Final = 1.2  # above the highest so far: a running player does not load this list again

_SIDES: Final = re.compile(r"^#EXT-X-SHOWRUNNER-LADDER:([\d,]+)$", re.MULTILINE)
_TOLD: Final = re.compile(r"^#EXT-X-STREAM-INF:BANDWIDTH=(\d+).*\n(\S+)$", re.MULTILINE)
_AVCC: Final = b"avcC"


@dataclass(frozen=True, slots=True)
class Variant:
    """One rendition as players choose it; rates in bits a second, zeros where unknown."""

    uri: str
    bandwidth_bps: int
    average_bps: int
    codecs: str
    width: int
    height: int
    fps: float

    def render(self) -> str:
        told = [f"BANDWIDTH={self.bandwidth_bps}", f"AVERAGE-BANDWIDTH={self.average_bps}"]
        told += [f'CODECS="{self.codecs}"'] if self.codecs else []
        told += [f"RESOLUTION={self.width}x{self.height}"] if self.width else []
        told += [f"FRAME-RATE={self.fps:.3f}"] if self.fps else []
        return f"#EXT-X-STREAM-INF:{','.join(told)}\n{self.uri}\n"


def find_sides(index: Path) -> tuple[int, ...] | None:
    """Return the short sides a broadcast began with; None if its `index.m3u8` is no master.

    Raises:
        OSError: it is there and cannot be read.

    """
    found = _SIDES.search(index.read_text("utf-8")) if index.exists() else None
    return tuple(int(side) for side in found[1].split(",")) if found else None


class Master:
    """Keeps the list of renditions true while one track runs."""

    def __init__(
        self, folder: Path, sides: tuple[int, ...], *, sizes: list[tuple[int, int]], meter: Meter
    ) -> None:
        """Tell of these sizes, the source's first."""
        self._path = folder / NAME
        self._sides = sides
        self._sizes = dict(zip(list_names(len(sides)), sizes, strict=True))
        self._meter = meter
        self._told: dict[str, int] = {}
        self._is_written = False

    def update(self, lists: Mapping[str, Playlist]) -> None:
        """Write it where it is not true any more.

        Raises:
            OSError: the folder cannot be written.

        """
        if not self._is_written and self._path.exists():
            told = _TOLD.findall(self._path.read_text("utf-8"))
            self._told = {uri: int(bandwidth) for bandwidth, uri in told}
        rates = {uri: self._rates(listed) for uri, listed in lists.items()}
        if self._is_written and all(peak <= self._told[uri] for uri, (peak, _) in rates.items()):
            return
        self._write([self._variant(uri, lists[uri], *rates[uri]) for uri in lists])

    def _write(self, variants: list[Variant]) -> None:
        head = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
        head += [f"#EXT-X-SHOWRUNNER-LADDER:{','.join(str(side) for side in self._sides)}", ""]
        whole = self._path.with_suffix(".tmp")
        text = "\n".join(head) + "".join(variant.render() for variant in variants)
        whole.write_text(text, "utf-8")
        whole.replace(self._path)
        self._told = {variant.uri: variant.bandwidth_bps for variant in variants}
        self._is_written = True

    def _variant(self, uri: str, listed: Playlist, peak: int, average: int) -> Variant:
        told = self._told.get(uri, 0)
        sound = self._meter.sound
        codecs = [_picture_codec(self._path.with_name(listed.segments[-1].init))]
        codecs += [sound.codec] if sound else []
        return Variant(
            uri=uri,
            bandwidth_bps=told if peak <= told else round(peak * HEADROOM),
            average_bps=average,
            codecs=",".join(codec for codec in codecs if codec),
            width=self._sizes[uri][0],
            height=self._sizes[uri][1],
            fps=self._meter.health().fps,
        )

    def _rates(self, listed: Playlist) -> tuple[int, int]:
        """Measure the highest and the average rate of the segments in a list."""
        sized = [(self._bits(segment), segment.duration_s) for segment in listed.segments]
        known = [(bits, seconds) for bits, seconds in sized if bits and seconds]
        peak = max((bits / seconds for bits, seconds in known), default=0.0)
        span_s = sum(seconds for _, seconds in known)
        return round(peak), round(sum(bits for bits, _ in known) / span_s) if span_s else 0

    def _bits(self, segment: Segment) -> int:
        try:
            return self._path.with_name(segment.uri).stat().st_size * 8
        except FileNotFoundError:  # of a session before, and removed
            return 0


def _picture_codec(init: Path) -> str:
    """Read the codec as RFC 6381 spells it from an init segment (ISO 14496-15 §5.3.3.1)."""
    try:
        raw = init.read_bytes()
    except FileNotFoundError:
        return ""
    at = raw.find(_AVCC)
    return f"avc1.{raw[at + 5 : at + 8].hex()}" if at >= 0 else ""
