"""The segments of a broadcast: of the whole time on air while it runs, of the recording later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from apps.streams.contracts import BroadcastSummary, RecordingSummary, SegmentSummary
from apps.streams.ports import Vault
from apps.streams.rules import playlists
from apps.streams.rules.playlists import Segment
from apps.streams.rules.recordings import vod_folder
from kit.pages import Page

DVR: Final = "dvr.m3u8"
VOD: Final = "vod/"  # below a broadcast's address, what was made of its recording
SOURCE: Final = "source.m3u8"  # where `index.m3u8` is a list of renditions
WINDOW: Final = "index.m3u8"

FindFile = Callable[[str, str], Path | None]


def list_segments(
    *,
    broadcast: BroadcastSummary,
    recording: RecordingSummary | None,
    find_file: FindFile,
    vault: Vault,
    span: tuple[int, int],
) -> Page[SegmentSummary]:
    """Return segments in the order of time: `span` is the first one's number, and how many.

    `next` of the page is the number of the first one after it.
    """
    first, limit = span
    if recording is not None and recording.state == "published":
        every, of_size = _of_recording(recording, vault), None
    else:
        every, of_size = _of_air(broadcast.id, find_file), find_file
    chosen = every[first : first + limit]
    items = [
        SegmentSummary(
            number=first + nth,
            name=f"{VOD}{one.uri}" if of_size is None else one.uri,
            start_s=round(one.start_s, 3),
            duration_s=one.duration_s,
            size_bytes=_size(broadcast.id, one, of_size),
            starts_at=_moment(one, every, broadcast.live_at),
        )
        for nth, one in enumerate(chosen)
    ]
    more = first + limit < len(every)
    return Page(items, str(first + limit) if more else None)


def _of_recording(recording: RecordingSummary, vault: Vault) -> list[Segment]:
    """Return those of the best rendition."""
    best = f"{vod_folder(recording.storage_name)}v{max(recording.qualities)}.m3u8"
    return playlists.parse(vault.read(best).decode())


def _of_air(broadcast_id: str, find_file: FindFile) -> list[Segment]:
    """Return all since the first picture; the newest where the engine keeps no list of all."""
    for name in (DVR, SOURCE, WINDOW):
        found = find_file(broadcast_id, name)
        if found is not None:
            return playlists.parse(found.read_text())
    return []


def _size(broadcast_id: str, segment: Segment, find_file: FindFile | None) -> int:
    if segment.size_bytes or find_file is None:
        return segment.size_bytes
    path = find_file(broadcast_id, segment.uri)
    try:
        return path.stat().st_size if path else 0
    except FileNotFoundError:  # the window moved on while we read
        return 0


def _moment(
    segment: Segment, every: Sequence[Segment], live_at: datetime | None
) -> datetime | None:
    """Return when a segment was on air; of a recording it is what its length says."""
    if segment.at is not None or live_at is None or every[0].at is not None:
        return segment.at
    return live_at + timedelta(seconds=segment.start_s)


__all__ = ["DVR", "VOD", "list_segments"]
