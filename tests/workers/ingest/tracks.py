"""The playlists and files that ffmpeg leaves of a track, without ffmpeg."""

from __future__ import annotations

from pathlib import Path

from workers.ingest.playlist import Segment


def a_segment(epoch: int, number: int, seconds: float = 2.0, *, begins: bool = False) -> Segment:
    at = "2026-11-23T12:00:00.000Z"
    return Segment(f"{epoch}_{number}.m4s", seconds, f"init_{epoch}.mp4", at, begins)


def a_track(folder: Path, epoch: int, first: int, last: int, *, rendition: str = "") -> Path:
    """Write what ffmpeg writes: EXTINF before the date, and no colon in the offset."""
    name = f"{epoch}{rendition}"
    lines = ["#EXTM3U", f"#EXT-X-MEDIA-SEQUENCE:{first}", f'#EXT-X-MAP:URI="init_{name}.mp4"']
    for number in range(first, last):
        date = "#EXT-X-PROGRAM-DATE-TIME:2026-11-23T13:00:00.500+0100"
        lines += ["#EXTINF:2.000000,", date, f"{name}_{number}.m4s"]
    path = folder / f"{name}.m3u8"
    path.write_text("\n".join([*lines, ""]), "utf-8")
    return path


def names(segments: tuple[Segment, ...]) -> list[str]:
    return [segment.uri for segment in segments]
