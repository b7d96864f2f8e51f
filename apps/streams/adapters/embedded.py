"""The media engine over the embedded ingest (`workers.ingest`), on the same machine."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

import httpx

from apps.streams.adapters.absent import NoAddress, NoPool, NoTargets, RecordsAnyway
from apps.streams.contracts import EngineFinding, EngineSession, LiveSegments
from apps.streams.errors import EngineDown
from apps.streams.ports import Measured

# What a player may name; anything else, a path above all, does not exist.
FILE_NAME: Final = re.compile(
    r"(index|source|dvr|r\d)\.m3u8|init_[\d-]+(r\d)?\.mp4|[\d-]+(r\d)?_\d+\.m4s"
)
VIDEO: Final = ("bitrate_bps", "fps", "keyframe_interval_s", "width", "height")
MEDIA_LINE: Final = re.compile(r"^(?!#)(\S+\.m4s)$", re.MULTILINE)
INIT_LINE: Final = re.compile(r'^#EXT-X-MAP:URI="([^"]+)"', re.MULTILINE)
# About two hours of 3 Mbit/s.
LOW_BYTES: Final = 3 * 2**30


@dataclass(frozen=True, slots=True)
class EmbeddedIngest(NoAddress, RecordsAnyway, NoTargets, NoPool):
    """Reads `{directory}/{broadcast}/index.m3u8`, its segments, and `parts/{epoch}.mp4`.

    Sessions begin and end by the ingest's hooks; its health port lists them for the reconciler.
    """

    ingest_url_: str
    directory: Path
    health_url: str
    timeout_s: float

    def __init__(
        self, *, ingest_url: str, directory: str, health_url: str = "", timeout_s: float = 2.0
    ) -> None:
        object.__setattr__(self, "ingest_url_", ingest_url)
        object.__setattr__(self, "directory", Path(directory))
        object.__setattr__(self, "health_url", health_url)
        object.__setattr__(self, "timeout_s", timeout_s)

    def ingest_url(self) -> str:
        return self.ingest_url_

    def is_polled(self) -> bool:
        return False

    def list_sessions(self) -> list[EngineSession]:
        return [_session(item) for item in self._items() if item.get("broadcast_id")]

    def disconnect(self, session_id: str) -> None:
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

    def measure(self, session_ids: Collection[str]) -> dict[str, Measured]:
        """Read the ingest's own page; its heartbeats carry the same, by the same names."""
        wanted = set(session_ids)
        return {
            one["session_id"]: {name: float(one["video"].get(name) or 0) for name in VIDEO}
            for one in self._items()
            if one.get("session_id") in wanted and one.get("video")  # null while no picture came
        }

    def ensure(self) -> list[str]:
        if self.directory.is_dir():
            return []
        self.directory.mkdir(parents=True, exist_ok=True)
        return [f"made {self.directory}"]

    def check(self, now: datetime) -> list[EngineFinding]:  # noqa: ARG002
        return [self._reachable(), self._folder(), self._space()]

    def _items(self) -> list[dict[str, Any]]:
        """Return what the ingest says of its sessions.

        Raises:
            EngineDown: it does not answer, or nobody told us where its health port is.

        """
        if not self.health_url:
            raise EngineDown(why="no health_url of the ingest is set")
        try:
            with httpx.Client(trust_env=False, timeout=self.timeout_s) as client:
                answer = client.get(urljoin(self.health_url, "/sessions"))
            items = answer.raise_for_status().json()["items"]
        except httpx.HTTPError as away:
            raise EngineDown(why=type(away).__name__) from away
        except (ValueError, KeyError, TypeError) as other:
            raise EngineDown(why="something else answers at its health port") from other
        return [item for item in items if isinstance(item, dict)]

    def _reachable(self) -> EngineFinding:
        try:
            count = len(self._items())
        except EngineDown as down:
            mend = "Start `python -m workers.ingest` and set INGEST_HEALTH_URL to its health port."
            return EngineFinding(item="reachable", level="fail", found=str(down), mend=mend)
        return EngineFinding(item="reachable", level="ok", found=f"{count} sessions")

    def _folder(self) -> EngineFinding:
        if self.directory.is_dir() and os.access(self.directory, os.R_OK | os.X_OK):
            return EngineFinding(item="folder", level="ok", found=str(self.directory))
        return EngineFinding(
            item="folder",
            level="fail",
            found=f"{self.directory} cannot be read",
            mend="Mount the ingest's --dir here and set INGEST_DIRECTORY to it.",
        )

    def _space(self) -> EngineFinding:
        try:
            free = shutil.disk_usage(self.directory).free
        except OSError as away:
            return EngineFinding(item="space", level="fail", found=str(away.strerror))
        found = f"{free / 2**30:.1f} GiB free"
        if free >= LOW_BYTES:
            return EngineFinding(item="space", level="ok", found=found)
        return EngineFinding(
            item="space", level="warn", found=found, mend="Give the ingest's folder more room."
        )


def _session(item: dict[str, Any]) -> EngineSession:
    """Read leniently: a newer ingest may say more, an older one less."""
    began = item.get("started_at")
    try:
        started_at = datetime.fromisoformat(began) if isinstance(began, str) else None
    except ValueError:
        started_at = None
    return EngineSession(
        session_id=str(item.get("session_id", "")),
        broadcast_id=str(item["broadcast_id"]),
        epoch=int(item.get("epoch") or 0),
        started_at=started_at,
        received_bytes=int(item.get("received_bytes", -1)),
        is_recorded=True,
    )
