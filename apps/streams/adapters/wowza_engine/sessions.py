"""Who publishes to the application, and how one is cut."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from apps.streams.adapters.deadlines import Ask
from apps.streams.adapters.wowza_engine import payloads
from apps.streams.adapters.wowza_engine.client import segment
from apps.streams.adapters.wowza_engine.server import WowzaServer
from apps.streams.contracts import EngineSession
from kit.documents import utc_now


class WowzaSessions(WowzaServer):
    """MediaEngine: a stream's name is its key, so whoever lists streams holds the keys."""

    def ingest_url(self) -> str:
        """Return where to publish, with the shared login where one is set."""
        if not self.publisher_user:
            return self.publish_url
        where = urlsplit(self.publish_url)
        login = ":".join(
            quote(it, safe="") for it in (self.publisher_user, self.publisher_password)
        )
        return urlunsplit(where._replace(netloc=f"{login}@{where.netloc.rpartition('@')[2]}"))

    def is_polled(self) -> bool:
        return True

    def list_sessions(self) -> list[EngineSession]:
        """Return who publishes, with uptime and bytes where the Engine counts them.

        Raises:
            EngineDown: no answer in time.
            EngineRefused: it takes no login of ours, or has no such application.

        """
        streams = self._streams()
        recorders = self._client.call("GET", f"{self._instance}/streamrecorders")
        recorded = {str(row.get("recorderName")) for row in recorders.rows("streamrecorder")}
        figures = self._client.call_all(
            [Ask("GET", f"{self._stream(stream)}/monitoring/current") for stream in streams]
        )
        now = utc_now()
        return [
            payloads.session(stream, figure.body, recorded=recorded, now=now)
            for stream, figure in zip(streams, figures, strict=True)
            if figure.is_found
        ]

    def disconnect(self, session_id: str) -> None:
        """Cut the publisher; one that is gone already is no failure.

        Raises:
            EngineDown: no answer in time.
            EngineRefused: it takes no login of ours, or has no such application.

        """
        for stream in self._streams():
            if payloads.session_id(stream) == session_id:
                self._client.call("PUT", f"{self._stream(stream)}/actions/disconnectStream")

    def _streams(self) -> list[dict[str, Any]]:
        """Return what the instance lists; an application nobody used yet has no instance."""
        instance = self._client.call("GET", self._instance)
        if not instance.is_found:
            self._need_application()
        return [it for it in instance.rows("incomingStreams") if payloads.is_publishing(it)]

    def _stream(self, stream: dict[str, Any]) -> str:
        return f"{self._instance}/incomingstreams/{segment(str(stream['name']))}"
