"""Stream targets: the Engine sends a stream on to another service by itself."""

from __future__ import annotations

from typing import Any

from apps.streams.adapters.wowza_engine import payloads
from apps.streams.adapters.wowza_engine.client import TAKEN, segment
from apps.streams.adapters.wowza_engine.server import WowzaServer
from apps.streams.contracts import EngineSession, TargetState
from apps.streams.errors import EngineRefused
from apps.streams.ports import TargetAddress


class WowzaTargets(WowzaServer):
    """StreamTargets: an entry of the push-publish map each, named `{broadcast}-{target}`."""

    def add(self, broadcast_id: str, session: EngineSession, target: TargetAddress) -> None:
        """Send on; an entry that is there gets this source and this key.

        Raises:
            EngineRefused: the address is none, or the application sends nothing on.

        """
        name = _entry(broadcast_id, target.id)
        try:
            body = payloads.map_entry(name, session.name, target)
        except ValueError as wrong:
            raise EngineRefused(why=str(wrong)) from wrong
        made = self._client.call("POST", self._map_entry(name), body, bear=(404, *TAKEN))
        if not made.is_found:
            raise EngineRefused(why=f"stream targets are off in {self.application}")
        if made.is_taken:
            self._client.call("PUT", self._map_entry(name), body)

    def remove(self, broadcast_id: str, target_id: str) -> None:
        self._client.call("DELETE", self._map_entry(_entry(broadcast_id, target_id)))

    def list_states(self, broadcast_id: str) -> list[TargetState]:
        listed = self._client.call("GET", f"{self._application}/pushpublish/mapentries")
        prefix = _entry(broadcast_id, "")
        return [
            payloads.target_state(row, _name(row).removeprefix(prefix))
            for row in listed.rows("mapEntries")
            if _name(row).startswith(prefix)
        ]

    def _map_entry(self, entry: str) -> str:
        return f"{self._application}/pushpublish/mapentries/{segment(entry)}"


def _entry(broadcast_id: str, target_id: str) -> str:
    return f"{broadcast_id}-{target_id}"


def _name(row: dict[str, Any]) -> str:
    return str(row.get("entryName") or row.get("id") or "")
