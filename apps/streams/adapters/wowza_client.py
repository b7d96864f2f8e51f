"""Calls to Wowza Streaming Engine's REST interface: the login, the deadline, what went wrong.

The Engine answers writes with `{"success": …, "message": …}` and refuses with the same and a
status; a login by digest or basic is Server.xml's choice (RESTInterface/AuthenticationMethod).
"""

from __future__ import annotations

import asyncio
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import httpx

from apps.streams.errors import EngineDown, EngineRefused

JSON: Final = "application/json; charset=utf-8"
LOGINS: Final = {"digest": httpx.DigestAuth, "basic": httpx.BasicAuth}
REFUSED: Final = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class WowzaClient:
    """One server. `timeout_s` bounds a whole call, the round of the digest login included."""

    base_url: str
    user: str
    password: str = field(repr=False)
    authentication: str = "digest"
    timeout_s: float = 5.0

    def __post_init__(self) -> None:
        """Refuse settings no call could work with.

        Raises:
            ValueError: which of them it is.

        """
        if self.authentication not in LOGINS:
            raise ValueError(f"Wowza knows no authentication {self.authentication!r}")
        where = urlsplit(self.base_url)
        if where.scheme not in {"http", "https"} or not where.hostname:
            raise ValueError(f"Wowza has no address {self.base_url!r}")

    def call(self, method: str, path: str) -> bool:
        """Make one call; return whether what the path names is there.

        Raises:
            EngineDown: no answer in time, or none of the Engine's.
            EngineRefused: it does not take our login.

        """
        # A loop in a thread of its own, as the caller may run in one; with per-step timeouts
        # only, an answer that drips in would never end.
        with ThreadPoolExecutor(max_workers=1) as thread:
            answer = thread.submit(asyncio.run, self._answer(method, path)).result()
        if answer.status_code == httpx.codes.NOT_FOUND:
            return False
        if answer.status_code in REFUSED:
            raise EngineRefused(why=f"it takes no {self.authentication} login of {self.user!r}")
        if not answer.is_success or not _is_engines(answer):
            raise EngineDown(why=f"{method} {path} answered {answer.status_code}")
        return True

    async def _answer(self, method: str, path: str) -> httpx.Response:
        login = LOGINS[self.authentication](self.user, self.password)
        try:
            async with (
                asyncio.timeout(self.timeout_s),
                httpx.AsyncClient(
                    auth=login,
                    headers={"Accept": JSON, "Content-Type": JSON},
                    timeout=self.timeout_s,
                    verify=ssl.create_default_context(),  # a private authority by SSL_CERT_FILE
                    trust_env=False,  # a neighbour: no proxy between us
                ) as client,
            ):
                return await client.request(method, f"{self.base_url.rstrip('/')}{path}")
        except (TimeoutError, httpx.TimeoutException) as slow:
            raise EngineDown(why=f"no answer within {self.timeout_s:g} s") from slow
        except httpx.HTTPError as failed:
            raise EngineDown(why=type(failed).__name__) from failed


def _is_engines(answer: httpx.Response) -> bool:
    """Tell the Engine's JSON from the page of its Manager, one port further."""
    try:
        body = answer.json()
    except ValueError:
        return False
    return isinstance(body, dict) and body.get("success", True) is True
