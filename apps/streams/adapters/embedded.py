"""MediaEngine over the files of the embedded ingest (`workers.ingest`), on the same machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from apps.streams.contracts import LiveSegments

# What a player may name; anything else, a path above all, does not exist.
FILE_NAME: Final = re.compile(
    r"(index|source|dvr|r\d)\.m3u8|init_[\d-]+(r\d)?\.mp4|[\d-]+(r\d)?_\d+\.m4s"
)
MEDIA_LINE: Final = re.compile(r"^(?!#)(\S+\.m4s)$", re.MULTILINE)
INIT_LINE: Final = re.compile(r'^#EXT-X-MAP:URI="([^"]+)"', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class EmbeddedIngest:
    """Reads `{directory}/{broadcast}/index.m3u8`, its segments, and `parts/{epoch}.mp4`."""

    ingest_url_: str
    directory: Path

    def __init__(self, *, ingest_url: str, directory: str) -> None:
        object.__setattr__(self, "ingest_url_", ingest_url)
        object.__setattr__(self, "directory", Path(directory))

    def ingest_url(self) -> str:
        return self.ingest_url_

    def disconnect(self, broadcast_id: str) -> None:
        """Nothing to call: the ingest asks at every heartbeat, and is told to cut then."""

    def find_segments(self, broadcast_id: str, *, newest: int) -> LiveSegments | None:
        # With a ladder, index.m3u8 names the renditions and source.m3u8 has what was sent.
        playlist = self.find_live_file(broadcast_id, "source.m3u8") or self.find_live_file(
            broadcast_id, "index.m3u8"
        )
        if playlist is None:
            return None
        # Only what follows the last init belongs to the session that publishes now.
        text = playlist.read_text()
        inits = list(INIT_LINE.finditer(text))
        names = MEDIA_LINE.findall(text[inits[-1].end() :]) if inits else []
        if not names:
            return None
        folder = playlist.parent
        return LiveSegments(
            init=str(folder / inits[-1].group(1)),
            segments=[str(folder / name) for name in names[-newest:]],
        )

    def find_live_file(self, broadcast_id: str, name: str) -> Path | None:
        path = self.directory / broadcast_id / name
        return path if FILE_NAME.fullmatch(name) and path.is_file() else None

    def list_parts(self, broadcast_id: str) -> list[Path]:
        return sorted((self.directory / broadcast_id / "parts").glob("*.mp4"))
