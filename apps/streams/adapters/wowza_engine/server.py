"""The server and application everything here talks to, as settings describe them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from apps.streams.adapters.wowza_engine.client import APPLICATIONS, WowzaClient, segment
from apps.streams.errors import EngineRefused


@dataclass(frozen=True, kw_only=True)
class WowzaServer:
    """Options of one live application.

    Its recordings lie on a mount we can read. A publisher login, shared by all encoders, is told
    inside the ingest URL. `hook_url` and `hook_secret` are what the Engine's webhooks call.
    """

    base_url: str
    user: str
    password: str = field(repr=False)
    publish_url: str
    application: str = "live"
    authentication: str = "digest"
    recordings_directory: str = ""
    playback_url: str = ""
    token_secret: str = field(default="", repr=False)
    token_prefix: str = "wowzatoken"  # noqa: S105
    publisher_user: str = ""
    publisher_password: str = field(default="", repr=False)
    hook_url: str = ""
    hook_secret: str = field(default="", repr=False)
    timeout_s: float = 5.0

    def __post_init__(self) -> None:
        """Refuse settings no call could work with, at once."""
        _ = self._client

    @cached_property
    def _client(self) -> WowzaClient:
        return WowzaClient(
            base_url=self.base_url,
            user=self.user,
            password=self.password,
            authentication=self.authentication,
            timeout_s=self.timeout_s,
        )

    @property
    def _application(self) -> str:
        return f"{APPLICATIONS}/{segment(self.application)}"

    @property
    def _instance(self) -> str:
        return f"{self._application}/instances/_definst_"

    @property
    def _recordings(self) -> Path | None:
        return Path(self.recordings_directory) if self.recordings_directory else None

    def _need_application(self) -> None:
        """Tell a missing application from what is missing in it.

        A wrong application, or another server, says 404 too: nobody would ever be cut, and
        everybody would seem to have left.

        Raises:
            EngineRefused: there is no such application.

        """
        if not self._client.call("GET", self._application).is_found:
            raise EngineRefused(why=f"it has no {self._application}")
