"""What the cloud holds: live streams with their states, encoders, recorded videos."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

CREATES = 10
CREATES_WITHIN_S = 3 * 3600
FIELDS = {
    *("name", "broadcast_location", "encoder", "aspect_ratio_width", "aspect_ratio_height"),
    *("transcoder_type", "delivery_method", "billing_mode", "recording", "reference_id"),
    *("disable_authentication", "username", "password", "low_latency"),
}
NEEDED = ("name", "broadcast_location", "encoder")
MAX_NAME = 200


@dataclass(slots=True)
class LiveStream:
    """One live stream; `polls` is how many reads of its state a change still takes."""

    id: str
    told: dict[str, Any]
    stream_name: str = field(default_factory=lambda: secrets.token_hex(4))
    state: str = "stopped"
    polls: int = 0
    published_at: float | None = None
    video: bytes = b"part"

    def settle(self) -> str:
        """Read the state; what is under way comes nearer its end with every look."""
        if self.state in {"starting", "stopping"}:
            self.polls -= 1
            if self.polls <= 0:
                self.state = "started" if self.state == "starting" else "stopped"
        return self.state

    def document(self, url: str) -> dict[str, Any]:
        told = {name: value for name, value in self.told.items() if name != "password"}
        return {
            **told,
            "id": self.id,
            "state": self.state,
            "connection_code": "c0ffee",
            "hls_playback_url": f"{url}/play/{self.id}/playlist.m3u8",
            "source_connection_information": {
                "primary_server": "rtmp://entrypoint.example.com/app-1",
                "host_port": 1935,
                "stream_name": self.stream_name,
                "disable_authentication": self.told.get("disable_authentication", False),
                "username": self.told.get("username"),
                "password": self.told.get("password"),
            },
        }


@dataclass(slots=True)
class Cloud:
    """One account; `changes_take` is how many polls a start or stop needs."""

    streams: dict[str, LiveStream] = field(default_factory=dict)
    videos: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    created_at: list[float] = field(default_factory=list)
    changes_take: int = 1

    def forget(self) -> None:
        fresh = Cloud()
        for name in self.__slots__:
            setattr(self, name, getattr(fresh, name))

    def may_create(self) -> bool:
        since = time.time() - CREATES_WITHIN_S
        return len([at for at in self.created_at if at > since]) < CREATES

    def create(self, told: dict[str, Any]) -> LiveStream:
        made = LiveStream(secrets.token_hex(4), told)
        self.streams[made.id] = made
        self.created_at.append(time.time())
        return made

    def end_publishing(self, stream: LiveStream) -> None:
        """An encoder left: what it sent becomes a video."""
        if stream.published_at is None:
            return
        if stream.told.get("recording"):
            video_id = secrets.token_hex(8)
            self.files[video_id] = stream.video
            self.videos[video_id] = {
                "id": video_id,
                "name": stream.told["name"],
                "state": "FINISHED",
                "reference_id": stream.told.get("reference_id"),
                "created_at": time.time_ns(),
            }
        stream.published_at = None
