"""What a DVR playlist lists: which file shows which seconds."""

from __future__ import annotations

from pathlib import Path

from apps.streams.contracts import DvrSegment
from apps.streams.rules import playlists


def segments_of(text: str, folder: Path) -> list[DvrSegment]:
    """Read the segments of a playlist whose files lie in `folder`, oldest first.

    Each begins where those before it end, by their EXTINF: so does the time a player shows.
    A last line without its end is still being written.
    """
    whole = text[: text.rfind("\n") + 1]
    return [
        DvrSegment(
            init=str(folder / Path(one.init).name),
            file=str(folder / Path(one.uri).name),
            begins_s=round(one.start_s, 6),
            duration_s=one.duration_s,
        )
        for one in playlists.parse(whole)
    ]
