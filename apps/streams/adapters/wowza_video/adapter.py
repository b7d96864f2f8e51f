"""Every port of a media engine over Wowza Video.

A live stream of the cloud is lent to one broadcast at a time; `reference_id` says to which. The
name an encoder types never changes, its login does with every loan.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from apps.streams.adapters.absent import NoFiles, NoTargets, RecordsAnyway
from apps.streams.adapters.deadlines import Ask
from apps.streams.adapters.wowza_video import payloads, videos
from apps.streams.adapters.wowza_video.client import CloudClient
from apps.streams.contracts import EngineFinding, EngineSession
from apps.streams.errors import EngineDown, EngineRefused, PoolLimitReached
from apps.streams.ports import Measured, PooledIngest

STREAMS: Final = "/live_streams"
# Players ask for an address far more often than one changes.
ADDRESSES_S: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class WowzaVideo(NoFiles, RecordsAnyway, NoTargets):
    """One account. Recordings are downloaded to a folder of ours."""

    base_url: str
    token: str = field(repr=False)
    location: str = "eu_germany"
    recordings_directory: str = ""
    timeout_s: float = 10.0

    @cached_property
    def _client(self) -> CloudClient:
        return CloudClient(base_url=self.base_url, token=self.token, timeout_s=self.timeout_s)

    @cached_property
    def _addresses(self) -> _Addresses:
        return _Addresses()

    def ingest_url(self) -> str:
        """Return the address in general; each loan has its own."""
        return "rtmp://entrypoint.cloud.wowza.com"

    def is_polled(self) -> bool:
        return True

    def list_sessions(self) -> list[EngineSession]:
        started = [row for row in self._ours() if row.get("state") == "started"]
        ids = [str(row["id"]) for row in started]
        figures = self._client.call_all(
            [Ask("GET", f"/analytics/ingest{STREAMS}/{one}") for one in ids]
        )
        return [
            EngineSession(session_id=one, name=payloads.pooled(row).key, is_recorded=True)
            for one, row, figure in zip(ids, started, figures, strict=True)
            if payloads.is_connected(figure.part("live_stream"))
        ]

    def disconnect(self, session_id: str) -> None:
        """Stop the live stream: the cloud has no other way to cut an encoder."""
        self._client.call("PUT", f"{STREAMS}/{session_id}/stop")

    def publish(self, broadcast_id: str, session: EngineSession) -> None:
        self._refer(session.session_id, broadcast_id)

    def withdraw(self, broadcast_id: str) -> None:
        for row in self._ours():
            if row.get("reference_id") == broadcast_id:
                self._refer(str(row["id"]), "")

    def find_address(self, broadcast_id: str, *, now: datetime, ttl_s: int) -> str:  # noqa: ARG002
        """Return the cloud's own address; it is not signed (docs/engines.md).

        Raises:
            EngineDown: no answer in time.

        """
        if self._addresses.are_old():
            self._addresses.keep(
                {
                    str(row.get("reference_id")): str(row.get("hls_playback_url"))
                    for row in self._ours()
                    if row.get("reference_id") and row.get("hls_playback_url")
                }
            )
        return self._addresses.known.get(broadcast_id, "")

    def list_parts(self, broadcast_id: str) -> list[Path]:
        """Download what was recorded; none until all of it is ready.

        Raises:
            EngineDown: the cloud or the download does not answer.
            EngineRefused: nobody told us where to.

        """
        if not self.recordings_directory:
            raise EngineRefused(why="no recordings_directory is set")
        rows = self._client.list_all("/videos", "videos")
        mine = [row for row in rows if row.get("reference_id") == broadcast_id]
        if not videos.are_all_there(mine):
            return []
        folder = Path(self.recordings_directory) / broadcast_id / "parts"
        finished = [row for row in mine if row.get("state") == videos.FINISHED]
        # its dates are text or numbers, of one kind in a list
        finished.sort(key=lambda row: (row.get("created_at") or 0, str(row["id"])))
        return [videos.fetch(row, folder) for row in finished]

    def measure(self, session_ids: Collection[str]) -> dict[str, Measured]:
        found = {}
        for session_id in session_ids:
            figures = self._client.call("GET", f"/analytics/ingest{STREAMS}/{session_id}")
            metrics = figures.part("live_stream")
            if figures.is_found and payloads.is_connected(metrics):
                found[session_id] = payloads.measured(metrics)
        return found

    def ensure(self) -> list[str]:
        """Return nothing: the pool is filled by the clock."""
        return []

    def check(self, now: datetime) -> list[EngineFinding]:  # noqa: ARG002
        return [*self._check_account(), self._check_folder()]

    def is_pooled(self) -> bool:
        return True

    def create(self, name: str) -> PooledIngest:
        """Make a live stream of this name; one a killed worker made is found by it.

        Raises:
            PoolLimitReached: ten were made within three hours, or the account has no more.

        """
        for row in self._ours():
            if row.get("name") == payloads.OURS + name:
                return payloads.pooled(row)
        body = payloads.live_stream(payloads.OURS + name, self.location)
        made = self._client.call("POST", STREAMS, body)
        if made.code:
            if made.status == 409:  # noqa: PLR2004 (Conflict)
                raise PoolLimitReached(why=made.message or made.code)
            raise EngineRefused(why=f"{made.code} {made.message}")
        return payloads.pooled(made.part("live_stream"), body["live_stream"])

    def prepare(self, stream_id: str) -> bool:
        state = self._state(stream_id)
        if state == "stopped":
            self._client.call("PUT", f"{STREAMS}/{stream_id}/start")
        return state == "started"

    def renew(self, stream_id: str) -> PooledIngest | None:
        state = self._state(stream_id)
        if state == "started":
            self._client.call("PUT", f"{STREAMS}/{stream_id}/stop")
        if state != "stopped":
            return None
        told = {**payloads.fresh_login(), "reference_id": ""}
        changed = self._client.call("PATCH", f"{STREAMS}/{stream_id}", {"live_stream": told})
        return payloads.pooled(changed.part("live_stream"), told)

    def _ours(self) -> list[dict[str, Any]]:
        rows = self._client.list_all(STREAMS, "live_streams")
        return [row for row in rows if str(row.get("name", "")).startswith(payloads.OURS)]

    def _state(self, stream_id: str) -> str:
        told = self._client.call("GET", f"{STREAMS}/{stream_id}/state")
        if not told.is_found:
            raise EngineRefused(why=f"the live stream {stream_id} was deleted there")
        return str(told.part("live_stream").get("state"))

    def _refer(self, stream_id: str, broadcast_id: str) -> None:
        body = {"live_stream": {"reference_id": broadcast_id}}
        self._client.call("PATCH", f"{STREAMS}/{stream_id}", body)

    def _check_account(self) -> list[EngineFinding]:
        try:
            count = len(self._ours())
        except EngineDown as down:
            mend = "Look at WOWZA_VIDEO_URL and at the provider's status page."
            return [EngineFinding(item="reachable", level="fail", found=str(down), mend=mend)]
        except EngineRefused as refused:
            mend = "Make a system token in the portal and set WOWZA_VIDEO_TOKEN to it."
            return [
                EngineFinding(item="reachable", level="ok", found="it answers"),
                EngineFinding(item="login", level="fail", found=str(refused), mend=mend),
            ]
        return [
            EngineFinding(item="reachable", level="ok", found=self.base_url),
            EngineFinding(item="login", level="ok", found="taken"),
            EngineFinding(item="pool", level="ok", found=f"{count} live streams are ours"),
        ]

    def _check_folder(self) -> EngineFinding:
        if self.recordings_directory and Path(self.recordings_directory).is_dir():
            return EngineFinding(item="recordings", level="ok", found=self.recordings_directory)
        mend = "Set WOWZA_RECORDINGS_DIRECTORY to a folder that recordings are downloaded to."
        return EngineFinding(item="recordings", level="fail", found="no folder", mend=mend)


@dataclass(slots=True)
class _Addresses:
    """Playback addresses by broadcast, and when they were read (monotonic seconds)."""

    known: dict[str, str] = field(default_factory=dict)
    read_at: float = float("-inf")

    def are_old(self) -> bool:
        return time.monotonic() - self.read_at > ADDRESSES_S

    def keep(self, known: dict[str, str]) -> None:
        self.known, self.read_at = known, time.monotonic()
