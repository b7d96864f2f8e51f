"""Counters the Engine keeps of its streams."""

from __future__ import annotations

from typing import Any

from apps.streams.adapters.wowza_engine import payloads
from apps.streams.adapters.wowza_engine.client import segment
from apps.streams.adapters.wowza_engine.sessions import WowzaSessions
from apps.streams.contracts import EncoderHealth


class WowzaStatistics(WowzaSessions):
    """EngineStatistics: rates of what comes in, and connections of who watches."""

    def find_ingest(self, session_id: str) -> EncoderHealth | None:
        for stream in self._streams():
            if payloads.session_id(stream) == session_id:
                figures = self._figures(str(stream["name"]))
                return EncoderHealth(
                    bitrate_bps=int(payloads.number(figures, "bytesInRate") * 8),
                    uptime_s=payloads.number(figures, "uptime"),
                )
        return None

    def count_viewers(self, broadcast_id: str) -> int | None:
        """Count connections of every protocol; None where the broadcast is not shown."""
        smil = self._client.call(
            "GET", f"{self._application}/smilfiles/{segment(broadcast_id)}"
        ).rows("smilStreams")
        if not smil:
            return None
        counted = self._figures(str(smil[0].get("src"))).get("connectionCount")
        return sum(counted.values()) if isinstance(counted, dict) else 0

    def _figures(self, name: str) -> dict[str, Any]:
        stream = f"{self._instance}/incomingstreams/{segment(name)}"
        return self._client.call("GET", f"{stream}/monitoring/current").body
