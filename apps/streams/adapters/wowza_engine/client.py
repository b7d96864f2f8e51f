"""Calls to Wowza Streaming Engine's REST interface: the login, the deadline, what went wrong.

The Engine answers writes with `{"success": …, "message": …}` and refuses with the same and a
status; a login by digest or basic is Server.xml's choice (RESTInterface/AuthenticationMethod).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx

from apps.streams.adapters.deadlines import Ask, Caller
from apps.streams.errors import EngineDown, EngineRefused

JSON: Final = "application/json; charset=utf-8"
LOGINS: Final = {"digest": httpx.DigestAuth, "basic": httpx.BasicAuth}
REFUSED: Final = frozenset({httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN})
SERVER: Final = "/v2/servers/_defaultServer_"
VHOST: Final = f"{SERVER}/vhosts/_defaultVHost_"
APPLICATIONS: Final = f"{VHOST}/applications"
MISSING: Final = frozenset({404})
TAKEN: Final = frozenset({409})
KEYS: Final = re.compile(r"(?<=/)(incomingstreams|streamrecorders)/[^/?]+")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: a 2xx, or one of the statuses the caller said it can live with."""

    status: int
    body: dict[str, Any]
    date: str = ""

    @property
    def is_found(self) -> bool:
        return self.status not in MISSING

    @property
    def is_taken(self) -> bool:
        return self.status in TAKEN

    def rows(self, key: str) -> list[dict[str, Any]]:
        """Return a list of objects; none where the Engine left it out or says null."""
        return [row for row in self.body.get(key) or [] if isinstance(row, dict)]


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

    def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        bear: Collection[int] = MISSING,
    ) -> Reply:
        """Make one call; statuses in `bear` are answers, others that are no 2xx are failures.

        Raises:
            EngineDown: no answer in time, or none of the Engine's.
            EngineRefused: it does not take our login.

        """
        return self.call_all([Ask(method, path, body)], bear=bear)[0]

    def call_all(self, wanted: Sequence[Ask], *, bear: Collection[int] = MISSING) -> list[Reply]:
        """Make calls together; as `call`, and one failure is a failure of them all."""
        if not wanted:
            return []
        caller = Caller(
            base_url=self.base_url,
            timeout_s=self.timeout_s,
            headers={"Accept": JSON, "Content-Type": JSON},
        )
        login = LOGINS[self.authentication](self.user, self.password)
        answers = caller.ask(wanted, login=login)
        return [self._reply(ask, got, bear) for ask, got in zip(wanted, answers, strict=True)]

    def _reply(self, ask: Ask, answer: httpx.Response, bear: Collection[int]) -> Reply:
        if answer.status_code in REFUSED:
            raise EngineRefused(why=f"it takes no {self.authentication} login of {self.user!r}")
        if answer.status_code in bear:
            return Reply(answer.status_code, {}, answer.headers.get("date", ""))
        body = _engines(answer) if answer.is_success else None
        if body is None:
            raise EngineDown(why=f"{_shown(ask)} answered {answer.status_code}")
        return Reply(answer.status_code, body, answer.headers.get("date", ""))


def segment(name: str) -> str:
    """Return a name as one segment of a path."""
    return quote(name, safe="")


def _shown(ask: Ask) -> str:
    """Name a call without the stream keys in its path: they are the names of streams."""
    path = KEYS.sub(r"\1/…", ask.path)
    return f"{ask.method} {path.rpartition('/')[0]}/…"


def _engines(answer: httpx.Response) -> dict[str, Any] | None:
    """Tell the Engine's JSON from the page of its Manager, one port further."""
    try:
        body = answer.json()
    except ValueError:
        return None
    good = isinstance(body, dict) and body.get("success", True) is True
    return body if good else None
