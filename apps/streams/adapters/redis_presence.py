"""Audience and Harvests in the state Redis: one script, one round trip a heartbeat.

All keys share one slot of a cluster (the braces), as a script may only see one.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Sequence
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import structlog
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError
from redis.retry import Retry

from apps.streams.errors import AudienceAway
from apps.streams.ports import Harvest, People, Sign, Tally
from apps.streams.rules.presence import (
    BEACON_MS,
    BIN_MS,
    MOST_SESSIONS,
    PRESENT_MS,
    REMEMBERED_MS,
)

log = structlog.get_logger()
P = ParamSpec("P")
R = TypeVar("R")

PREFIX: Final = "{presence}:"
LUA: Final = Path(__file__).parent / "lua"
# What was counted waits this long for a document server that is away.
KEPT_MS: Final = 48 * 3_600_000
# While Redis is away nobody waits for it: it is asked again after this long.
RETRY_AFTER_S: Final = 1.0
TIMEOUT_S: Final = 1.0
_RULES: Final = {
    "PRESENT": PRESENT_MS,
    "REMEMBERED": REMEMBERED_MS,
    "MOST_SESSIONS": MOST_SESSIONS,
    "BEACON": BEACON_MS,
    "BIN": BIN_MS,
    "KEPT": KEPT_MS,
}
_NUMBERS: Final = struct.Struct("<10d")
_ASK: Final = -1


def patient_for_a_moment(url: str) -> Any:
    """Return a client that gives up after TIMEOUT_S: redis-py's own patience is five seconds."""
    return Redis.from_url(
        url,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 1),  # a connection that was closed while idle is not an outage
    )


def _or_away(
    method: Callable[Concatenate[RedisAudience, P], R],
) -> Callable[Concatenate[RedisAudience, P], R]:
    """Raise AudienceAway where Redis fails, and at once within RETRY_AFTER_S of a failure."""

    @wraps(method)
    def asked(self: RedisAudience, /, *args: P.args, **given: P.kwargs) -> R:
        if time.monotonic() < self.away_until:
            raise AudienceAway
        try:
            return method(self, *args, **given)
        except RedisError as why:
            self.away_until = time.monotonic() + RETRY_AFTER_S
            log.warning("audience away", error=str(why)[:200])
            raise AudienceAway from why

    return asked


class RedisAudience:
    """Who is here is a sorted set by the moment they are gone; nobody has to tell that."""

    def __init__(self, *, url: str) -> None:
        self.away_until = 0.0
        self._redis = patient_for_a_moment(url)

    @cached_property
    def _beat(self) -> _Script:
        return _Script(self._redis, "beat")

    @_or_away
    def note(self, sign: Sign) -> Tally:
        broadcast_id = sign.broadcast_id
        viewers, verdict = self._beat(
            [
                f"{PREFIX}here:{broadcast_id}",
                f"{PREFIX}session:{broadcast_id}:{sign.session}",
                f"{PREFIX}person:{broadcast_id}:{sign.person}",
                f"{PREFIX}pending:{broadcast_id}",
                f"{PREFIX}people:{broadcast_id}",
                f"{PREFIX}dirty",
                f"{PREFIX}active",
            ],
            [sign.session, sign.person, broadcast_id, _packed(sign), *sign.errors],
        )
        return Tally(viewers=viewers, is_counted=verdict == 1, needs_verdict=verdict == _ASK)

    @_or_away
    def count(self, broadcast_ids: Sequence[str], *, at: int) -> list[int]:
        if not broadcast_ids:
            return []
        pipe = self._redis.pipeline(transaction=False)
        for one in broadcast_ids:
            pipe.zcount(f"{PREFIX}here:{one}", f"({at}", "+inf")
        found: list[int] = pipe.execute()
        return found

    @_or_away
    def total(self, *, at: int) -> int:
        self._redis.zremrangebyscore(f"{PREFIX}active", "-inf", at)
        active = [one.decode() for one in self._redis.zrange(f"{PREFIX}active", 0, -1)]
        return sum(self.count(active, at=at))

    @_or_away
    def take(self, *, limit: int) -> list[Harvest]:
        dirty = [one.decode() for one in self._redis.srandmember(f"{PREFIX}dirty", limit)]
        take, pipe = _Script(self._redis, "take"), self._redis.pipeline(transaction=False)
        for one in dirty:
            take.add_to(pipe, [*_harvest_keys(one), f"{PREFIX}mark:{one}"], [one])
        found = pipe.execute()
        return [_harvest(one, flat) for one, flat in zip(dirty, found, strict=True) if flat]

    @_or_away
    def settle(self, harvests: Sequence[Harvest]) -> None:
        settle, pipe = _Script(self._redis, "settle"), self._redis.pipeline(transaction=False)
        for one in harvests:
            broadcast_id = one.broadcast_id
            settle.add_to(pipe, _harvest_keys(broadcast_id), [broadcast_id, one.number])
        pipe.execute()

    @_or_away
    def unite(self, broadcast_id: str, sketch: bytes) -> People:
        people, older = f"{PREFIX}people:{broadcast_id}", f"{PREFIX}older:{broadcast_id}"
        pipe = self._redis.pipeline(transaction=True)
        if sketch:
            pipe.set(older, sketch, px=60_000)
        pipe.pfmerge(people, older)  # of nothing where there is no older one
        pipe.delete(older)
        pipe.pexpire(people, KEPT_MS)
        *_, count, found = pipe.pfcount(people).get(people).execute()
        return People(count=count, sketch=found)


class _Script:
    """A script by its digest, loaded where the server does not know it (again)."""

    def __init__(self, redis: Any, name: str) -> None:
        self._redis = redis
        rules = "".join(f"local {rule} = {value}\n" for rule, value in _RULES.items())
        self._text = rules + (LUA / f"{name}.lua").read_text()
        self._sha = str(redis.register_script(self._text).sha)

    def __call__(self, keys: list[str], args: list[Any]) -> Any:
        try:
            return self._redis.evalsha(self._sha, len(keys), *keys, *args)
        except NoScriptError:
            return self._redis.eval(self._text, len(keys), *keys, *args)

    def add_to(self, pipe: Any, keys: list[str], args: list[Any]) -> None:
        """Queue it whole: a pipeline cannot ask again for what the server does not know."""
        pipe.eval(self._text, len(keys), *keys, *args)


def _packed(sign: Sign) -> bytes:
    return _NUMBERS.pack(
        *(sign.at, sign.allowed_until, sign.live_since, sign.position, sign.startup_bucket),
        *(sign.watched, sign.rebuffer, sign.rebuffers, sign.kbps, sign.is_leaving),
    )


def _harvest_keys(broadcast_id: str) -> list[str]:
    names = (f"pending:{broadcast_id}", f"aside:{broadcast_id}", "dirty")
    return [f"{PREFIX}{name}" for name in names]


def _harvest(broadcast_id: str, flat: list[bytes]) -> Harvest:
    """Read `minute|name` fields; those of no minute count for the whole."""
    minutes: dict[int, dict[str, int]] = {}
    whole: dict[str, int] = {}
    number = 0
    for field, value in zip(flat[::2], flat[1::2], strict=True):
        minute, _, name = field.decode().rpartition("|")
        if name == "number":
            number = int(value)
        elif int(value):
            into = minutes.setdefault(int(minute), {}) if minute else whole
            into[name] = int(value)
    return Harvest(broadcast_id=broadcast_id, number=number, minutes=minutes, whole=whole)
