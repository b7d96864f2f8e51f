"""Playback: each broadcast has an alias of its own, so that no viewer sees a stream key."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.streams.adapters.absent import NoFiles
from apps.streams.adapters.wowza_engine import payloads
from apps.streams.adapters.wowza_engine.client import TAKEN, segment
from apps.streams.adapters.wowza_engine.server import WowzaServer
from apps.streams.contracts import EngineSession
from apps.streams.errors import EngineRefused
from apps.streams.rules.secure_tokens import SecureToken

# Clocks of two machines differ.
SKEW = timedelta(minutes=2)


class WowzaOutput(NoFiles, WowzaServer):
    """LiveOutput: `{broadcast}.smil` names the stream; SecureToken signs the address."""

    def publish(self, broadcast_id: str, session: EngineSession) -> None:
        body = payloads.smil(broadcast_id, session.name)
        if self._client.call("POST", self._smil(broadcast_id), body, bear=TAKEN).is_taken:
            self._client.call("PUT", self._smil(broadcast_id), body)

    def withdraw(self, broadcast_id: str) -> None:
        self._client.call("DELETE", self._smil(broadcast_id))

    def find_address(self, broadcast_id: str, *, now: datetime, ttl_s: int) -> str:
        """Return the signed address of the alias.

        Raises:
            EngineRefused: nobody told us where players find it.

        """
        if not self.playback_url:
            raise EngineRefused(why="no playback_url is set")
        path = f"{self.application}/smil:{broadcast_id}.smil"
        address = f"{self.playback_url.rstrip('/')}/{path}/playlist.m3u8"
        if not self.token_secret:
            return address
        token = SecureToken(secret=self.token_secret, prefix=self.token_prefix)
        return (
            f"{address}?{token.query(path, start=now - SKEW, end=now + timedelta(seconds=ttl_s))}"
        )

    def _smil(self, broadcast_id: str) -> str:
        return f"{self._application}/smilfiles/{segment(broadcast_id)}"
