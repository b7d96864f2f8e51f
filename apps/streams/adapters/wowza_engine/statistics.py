"""Counters the Engine keeps of its streams."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from apps.streams.adapters.wowza_engine import payloads
from apps.streams.adapters.wowza_engine.client import segment
from apps.streams.adapters.wowza_engine.sessions import WowzaSessions
from apps.streams.ports import Measured


class WowzaStatistics(WowzaSessions):
    """EngineStatistics: the rate of what comes in."""

    def measure(self, session_ids: Collection[str]) -> dict[str, Measured]:
        wanted = set(session_ids)
        names = {payloads.session_id(one): str(one["name"]) for one in self._streams()}
        return {
            session_id: {"bitrate_bps": payloads.number(self._figures(name), "bytesInRate") * 8}
            for session_id, name in names.items()
            if session_id in wanted
        }

    def _figures(self, name: str) -> dict[str, Any]:
        stream = f"{self._instance}/incomingstreams/{segment(name)}"
        return self._client.call("GET", f"{stream}/monitoring/current").body
