"""Calls to Wowza Video's API: the token, the deadline, what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from apps.streams.adapters.deadlines import Ask, Caller
from apps.streams.errors import EngineDown, EngineRefused

GONE: Final = frozenset({404, 410})
REFUSED: Final = frozenset({401, 403})
# The object is in another state than we thought, or a limit is reached: the caller decides.
TOLD: Final = frozenset({409, 422, 423})
PER_PAGE: Final = 100
PAGES: Final = 20


@dataclass(frozen=True, slots=True)
class CloudReply:
    """A 2xx, or a refusal a caller may live with; `code` is `ERR-…` then."""

    status: int
    body: dict[str, Any]
    code: str = ""
    message: str = ""

    @property
    def is_found(self) -> bool:
        return self.status not in GONE

    def part(self, key: str) -> dict[str, Any]:
        found = self.body.get(key)
        return found if isinstance(found, dict) else {}

    def rows(self, key: str) -> list[dict[str, Any]]:
        return [row for row in self.body.get(key) or [] if isinstance(row, dict)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudClient:
    """One account, by a system token."""

    base_url: str
    token: str = field(repr=False)
    timeout_s: float = 10.0

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> CloudReply:
        """Make one call.

        Raises:
            EngineDown: no answer in time, too many calls (429), or a fault of theirs (5xx).
            EngineRefused: it does not take our token, or our account.

        """
        return self.call_all([Ask(method, path, body)])[0]

    def call_all(self, wanted: Sequence[Ask]) -> list[CloudReply]:
        """Make calls together; as `call`, and one failure is a failure of them all."""
        if not wanted:
            return []
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        caller = Caller(base_url=self.base_url, timeout_s=self.timeout_s, headers=headers)
        return [_reply(answer) for answer in caller.ask(wanted, login=None)]

    def list_all(self, path: str, key: str) -> list[dict[str, Any]]:
        """Return every row of a list, page by page."""
        rows: list[dict[str, Any]] = []
        for page in range(1, PAGES + 1):
            found = self.call("GET", f"{path}?page={page}&per_page={PER_PAGE}").rows(key)
            rows += found
            if len(found) < PER_PAGE:
                break
        return rows


def _reply(answer: httpx.Response) -> CloudReply:
    body = _document(answer)
    meta = body.get("meta") if isinstance(body.get("meta"), dict) else None
    code, message = (str((meta or {}).get(key, "")) for key in ("code", "message"))
    status = answer.status_code
    if status in REFUSED:
        raise EngineRefused(why=f"it takes no token of ours ({code or status})")
    if answer.is_success or status in GONE | TOLD:
        return CloudReply(status, body, code, message)
    raise EngineDown(why=f"{answer.request.method} answered {status} {code}".strip())


def _document(answer: httpx.Response) -> dict[str, Any]:
    if not answer.content:
        return {}
    try:
        body = answer.json()
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body
    if answer.is_success:
        raise EngineDown(why="something else answers there")
    return {}
