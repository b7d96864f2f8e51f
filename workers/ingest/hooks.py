"""What the ingest asks and tells the backend: signed JSON by POST (`kit.signatures`)."""

from __future__ import annotations

import asyncio
import json
import re
import time
from dataclasses import asdict, dataclass
from random import SystemRandom
from typing import Final

import h11
import structlog

from kit.signatures import HEADER, sign
from workers.ingest.errors import HookUnavailable, PublishRefused
from workers.ingest.meter import Health
from workers.ingest.posting import Answer, Poster
from workers.ingest.rtmp import APP

DEADLINE_S: Final = 5.0
PUBLISH_TRIES: Final = 2
BACKOFF_MAX_S: Final = 5.0

_OK: Final = 200
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_NO: Final = frozenset({403, 404, 409, 422})
_SAFE_NAME: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
_MAX_EPOCH: Final = 2**31
_random: Final = SystemRandom()
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ids:
    """One session, as every later call names it."""

    session_id: str
    broadcast_id: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of a session so far: bytes of media, seconds by the encoder's clock."""

    received_bytes: int
    duration_s: float
    health: Health


class Hooks:
    """The backend's hook. No call takes longer than its deadline; none follows redirects."""

    def __init__(self, secret: str, poster: Poster) -> None:
        self._secret = secret
        self._poster = poster

    async def publish(self, *, session_id: str, key: str, remote: str) -> Ids:
        """Ask whether this key may publish, and what.

        Raises:
            PublishRefused: the backend said no.
            HookUnavailable: no answer to use in two tries; the publisher must be refused.

        """
        asked: dict[str, object] = {"event": "publish", "session_id": session_id, "key": key}
        asked |= {"app": APP, "remote": remote}
        for left in reversed(range(PUBLISH_TRIES)):
            try:
                return _granted(session_id, await self._post(asked))
            except HookUnavailable:
                if not left:
                    raise
                await asyncio.sleep(_random.uniform(0.05, 0.25))
        raise HookUnavailable(why="no try was made")

    async def started(self, ids: Ids) -> None:
        """Tell that the session can be played. The caller bounds the retries."""
        await self._tell({"event": "started", **asdict(ids)})

    async def stopped(self, ids: Ids, reading: Reading, *, reason: str) -> None:
        """Tell that the session ended. The caller bounds the retries; the backend has a lease."""
        told = {"event": "stopped", **asdict(ids), **asdict(reading), "reason": reason}
        await self._tell(told)

    async def may_continue(self, ids: Ids, reading: Reading, *, is_playing: bool) -> bool:
        """Send one heartbeat; only a clear `continue: false` ends a session, silence does not."""
        told = {"event": "heartbeat", **asdict(ids), **asdict(reading), "playing": is_playing}
        try:
            answer = _fields(await self._post(told))
        except HookUnavailable as failed:
            _log.warning("heartbeat failed", why=str(failed), **asdict(ids))
            return True
        if answer.get("continue") is False:
            _log.info("cut by the backend", why=str(answer.get("reason", "")), **asdict(ids))
            return False
        return True

    async def _tell(self, told: dict[str, object]) -> None:
        """Post until it was taken, or refused for good (then it is logged), or cancelled."""
        pause_s = 0.2
        while True:
            try:
                status = (await self._post(told)).status
            except HookUnavailable as failed:
                _log.warning(
                    "hook failed, trying again", event_told=told["event"], why=str(failed)
                )
            else:
                if status != _OK:
                    _log.error("hook refused", event_told=told["event"], status=status)
                return
            await asyncio.sleep(_random.uniform(pause_s / 2, pause_s))
            pause_s = min(pause_s * 2, BACKOFF_MAX_S)

    async def _post(self, told: dict[str, object]) -> Answer:
        body = json.dumps(told, separators=(",", ":")).encode()
        signature = sign(self._secret, body, int(time.time()))
        headers = {"Content-Type": "application/json", HEADER: signature}
        try:
            async with asyncio.timeout(DEADLINE_S):
                answer = await self._poster.post(body, headers)
        except (OSError, h11.ProtocolError) as failed:  # a TimeoutError is an OSError
            raise HookUnavailable(why=type(failed).__name__) from failed
        if answer.status >= _SERVER_ERROR or answer.status == _TOO_MANY:
            raise HookUnavailable(why=f"status {answer.status}")
        return answer


def _granted(session_id: str, answer: Answer) -> Ids:
    if answer.status in _NO:
        raise PublishRefused(why=f"the backend answered {answer.status}")
    fields = _fields(answer)
    broadcast_id, epoch = fields.get("broadcast_id"), fields.get("epoch")
    # The id becomes a folder's name, so an answer of the wrong server must not become a path.
    if not isinstance(broadcast_id, str) or not _SAFE_NAME.fullmatch(broadcast_id):
        raise HookUnavailable(why="no broadcast_id in the answer")
    if type(epoch) is not int or not 0 <= epoch < _MAX_EPOCH:
        raise HookUnavailable(why="no epoch in the answer")
    return Ids(session_id, broadcast_id, epoch)


def _fields(answer: Answer) -> dict[str, object]:
    if answer.status != _OK:
        raise HookUnavailable(why=f"status {answer.status}")
    try:
        fields = json.loads(answer.body)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise HookUnavailable(why="the answer is no JSON object")
    return fields
