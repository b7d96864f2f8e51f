"""What YouTube holds: the videos of each account, the project's quota, the fate of processing."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.credentials import write
from sandbox.schemas import Discovery
from sandbox.youtube.mp4 import iso_duration

UPLOADS_A_DAY = 100
UNITS_A_DAY = 10_000
POLLS_TO_PROCESS = 2
_PACIFIC = ZoneInfo("America/Los_Angeles")


@dataclass(slots=True)
class Quota:
    """Two of a project's daily buckets: inserts and units; both reset at Pacific midnight."""

    uploads_left: int = UPLOADS_A_DAY
    units_left: int = UNITS_A_DAY
    day: str = ""

    def take_upload(self) -> bool:
        """One videos.insert, right or wrong."""
        self._new_day()
        self.uploads_left -= 1
        return self.uploads_left >= 0

    def take_unit(self) -> bool:
        """One list call."""
        self._new_day()
        self.units_left -= 1
        return self.units_left >= 0

    def set(self, *, uploads_left: int | None = None, units_left: int | None = None) -> None:
        self._new_day()
        if uploads_left is not None:
            self.uploads_left = uploads_left
        if units_left is not None:
            self.units_left = units_left

    def _new_day(self) -> None:
        today = datetime.now(_PACIFIC).date().isoformat()
        if today != self.day:
            self.day = today
            self.uploads_left, self.units_left = UPLOADS_A_DAY, UNITS_A_DAY


@dataclass(slots=True, kw_only=True)
class Video:
    """An uploaded video. `resource` holds what the uploader wrote, by part."""

    id: str
    account: str
    resource: dict[str, Any]
    size: int
    sha256: str
    published_at: str
    duration: str
    polls_left: int = POLLS_TO_PROCESS
    failure: str | None = None

    @property
    def processed(self) -> bool:
        return self.polls_left <= 0


@dataclass(slots=True)
class YouTube:
    """The state behind the endpoints.

    Files: `<video id>.mp4` with the bytes as they came, and `<video id>.json` beside it, from
    which a restarted stand-in remembers its videos.
    """

    directory: Path
    quota: Quota = field(default_factory=Quota)
    videos: dict[str, Video] = field(default_factory=dict)
    polls_to_process: int = POLLS_TO_PROCESS
    next_failure: str | None = None
    discovery: Discovery = field(default_factory=lambda: Discovery.load("youtube.v3"))

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        for unfinished in self.directory.glob("*.part"):
            unfinished.unlink()  # its session died with the process
        for file in sorted(self.directory.glob("*.json")):
            video = Video(**json.loads(file.read_bytes()))
            self.videos[video.id] = video

    def publish(self, account: str, resource: dict[str, Any], received: Path) -> Video:
        """Turn a received file into a video. Reads the file through: call it in a thread."""
        with received.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        video = Video(
            id=secrets.token_urlsafe(8),
            account=account,
            resource=resource,
            size=received.stat().st_size,
            sha256=sha256,
            published_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            duration=iso_duration(received),
            polls_left=self.polls_to_process,
            failure=self.next_failure,
        )
        self.next_failure = None
        received.replace(self.directory / f"{video.id}.mp4")
        self.videos[video.id] = video
        self.keep(video)
        return video

    def take_back_orders(self) -> None:
        """A full quota, and processing that succeeds; videos stay."""
        self.quota = Quota()
        self.polls_to_process, self.next_failure = POLLS_TO_PROCESS, None

    def keep(self, video: Video) -> None:
        write(self.directory / f"{video.id}.json", json.dumps(asdict(video)).encode())


def channel_id(account: str) -> str:
    """The one channel of an account."""
    return f"UC{hashlib.sha256(account.encode()).hexdigest()[:22]}"
