"""Recorders of the application, and the files they left."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from apps.streams.adapters.wowza_engine import payloads
from apps.streams.adapters.wowza_engine.client import TAKEN, segment
from apps.streams.adapters.wowza_engine.server import WowzaServer
from apps.streams.contracts import EngineSession
from apps.streams.errors import EngineDown, EngineRefused

DIGITS: Final = re.compile(r"(\d+)")


class WowzaRecorder(WowzaServer):
    """A recorder is named after its stream, as the Engine wants; its files after the broadcast."""

    def start(self, broadcast_id: str, session: EngineSession) -> None:
        for name in self._recorders(broadcast_id):
            if name != session.name:
                self._act(name, "stopRecording")  # of a key that was rotated
        body = payloads.recorder(broadcast_id, session.name)
        self._client.call("POST", self._recorder(session.name), body, bear=TAKEN)

    def split(self, broadcast_id: str) -> None:
        for name in self._recorders(broadcast_id):
            self._act(name, "splitRecording")

    def stop(self, broadcast_id: str) -> None:
        for name in self._recorders(broadcast_id):
            self._act(name, "stopRecording")

    def list_parts(self, broadcast_id: str) -> list[Path]:
        """Return what the recorder finished of a broadcast, oldest first.

        Names are the recorder's: `{broadcast}_{start time}_{segment}.mp4` by its template,
        `{broadcast}_{version}.mp4` and at last `{broadcast}.mp4` where it sets existing files
        aside.

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

    def _recorders(self, broadcast_id: str) -> list[str]:
        listed = self._client.call("GET", f"{self._instance}/streamrecorders")
        return [
            str(row["recorderName"])
            for row in listed.rows("streamrecorder")
            if _is_of(row, broadcast_id)
        ]

    def _act(self, name: str, action: str) -> None:
        self._client.call("PUT", f"{self._recorder(name)}/actions/{action}")

    def _recorder(self, name: str) -> str:
        return f"{self._instance}/streamrecorders/{segment(name)}"


def _is_of(row: dict[str, Any], broadcast_id: str) -> bool:
    base = Path(str(row.get("baseFile") or "")).name
    return bool(row.get("recorderName")) and base == f"{broadcast_id}.mp4"


def _age(part: re.Match[str]) -> tuple[bool, list[str | int]]:
    """Order part 10 after part 9, and the one without a number last."""
    number: str | None = part[1]
    pieces = DIGITS.split(number or "")
    return number is None, [int(piece) if nth % 2 else piece for nth, piece in enumerate(pieces)]
