"""What a DVR playlist lists (RFC 8216): which file shows which seconds."""

from __future__ import annotations

from pathlib import Path

from apps.streams.contracts import DvrSegment


def segments_of(text: str, folder: Path) -> list[DvrSegment]:
    """Read the segments of a playlist whose files lie in `folder`, oldest first.

    Each begins where those before it end, by their EXTINF: so does the time a player shows.
    A last line without its end is still being written.
    """
    found: list[DvrSegment] = []
    init, begins_s, duration_s = "", 0.0, 0.0
    for line in text[: text.rfind("\n") + 1].splitlines():
        if line.startswith("#EXTINF:"):
            duration_s = float(line.removeprefix("#EXTINF:").partition(",")[0])
        elif line.startswith("#EXT-X-MAP:"):
            init = str(folder / Path(line.partition('URI="')[2].partition('"')[0]).name)
        elif line and not line.startswith("#"):
            file = str(folder / Path(line).name)
            begins = round(begins_s, 6)
            found.append(DvrSegment(init=init, file=file, begins_s=begins, duration_s=duration_s))
            begins_s += duration_s
    return found
