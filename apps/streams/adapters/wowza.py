"""MediaEngine over Wowza Streaming Engine (REST API 4.7 and later)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import quote

from apps.streams.adapters.wowza_client import WowzaClient
from apps.streams.contracts import LiveSegments
from apps.streams.errors import EngineDown, EngineRefused

APPLICATIONS: Final = "/v2/servers/_defaultServer_/vhosts/_defaultVHost_/applications"
DIGITS: Final = re.compile(r"(\d+)")


class WowzaEngine:
    """One live application of one server; its recordings lie on a mount we can read.

    A stream is named after its broadcast. What makes an encoder publish under that name, with a
    key of its own, is not here yet: per-key publishers (issue 4) bring it and change the name.
    """

    def __init__(  # noqa: PLR0913 (one setting each)
        self,
        *,
        base_url: str,
        user: str,
        password: str,
        ingest_url: str,
        application: str = "live",
        authentication: str = "digest",
        recordings_directory: str = "",
        timeout_s: float = 5.0,
    ) -> None:
        self._ingest_url = ingest_url
        self._application = f"{APPLICATIONS}/{quote(application, safe='')}"
        self._recordings = Path(recordings_directory) if recordings_directory else None
        self._client = WowzaClient(
            base_url=base_url,
            user=user,
            password=password,
            authentication=authentication,
            timeout_s=timeout_s,
        )

    def ingest_url(self) -> str:
        return self._ingest_url

    def disconnect(self, broadcast_id: str) -> None:
        """Cut the publisher; one that is gone already is no failure.

        Raises:
            EngineDown: no answer in time.
            EngineRefused: it takes no login of ours, or has no such application.

        """
        streams = f"{self._application}/instances/_definst_/incomingstreams"
        stream = quote(broadcast_id, safe="")
        if self._client.call("PUT", f"{streams}/{stream}/actions/disconnectStream"):
            return
        # A wrong application, or another server, says 404 too, and nobody would ever be cut.
        if not self._client.call("GET", self._application):
            raise EngineRefused(why=f"it has no {self._application}")

    def find_segments(
        self,
        broadcast_id: str,  # noqa: ARG002 (the port's, as the next)
        *,
        newest: int,  # noqa: ARG002
    ) -> LiveSegments | None:
        """Return None: Wowza packages HLS and serves it itself, there are no files of ours."""
        return None

    def find_live_file(
        self,
        broadcast_id: str,  # noqa: ARG002 (the port's, as the next)
        name: str,  # noqa: ARG002
    ) -> Path | None:
        """Return None: players fetch playlist and segments from Wowza, not from us."""
        return None

    def list_parts(self, broadcast_id: str) -> list[Path]:
        """Return what the recorder finished of a stream, oldest first.

        Names are the recorder's: `{stream}_{start time}_{segment}.mp4` by its default template,
        `{stream}_{version}.mp4` and at last `{stream}.mp4` where it sets existing files aside.

        Raises:
            EngineDown: the recordings cannot be read, which is not the same as none.
            EngineRefused: nobody told us where they are.

        """
        if self._recordings is None:
            raise EngineRefused(why="no recordings_directory is set")
        try:
            names = [path.name for path in self._recordings.iterdir()]
        except OSError as away:
            raise EngineDown(why=f"its recordings cannot be read: {away.strerror}") from away
        named = re.compile(rf"{re.escape(broadcast_id)}(?:_(.+))?\.mp4")
        parts = sorted(filter(None, map(named.fullmatch, names)), key=_age)
        return [self._recordings / part.string for part in parts]


def _age(part: re.Match[str]) -> tuple[bool, list[str | int]]:
    """Order part 10 after part 9, and the one without a number last."""
    number: str | None = part[1]
    pieces = DIGITS.split(number or "")
    return number is None, [int(piece) if nth % 2 else piece for nth, piece in enumerate(pieces)]
