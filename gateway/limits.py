"""How often a caller may ask: a fixed window counted in Redis, one round trip a request.

Counters lie with the cache, not with the state: a limit that is lost is a limit a little looser,
and a request that is not counted beats a request that is not answered.
"""

from __future__ import annotations

import ipaddress
import time
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

import structlog
from django.http import HttpRequest
from django_redis import get_redis_connection
from redis.exceptions import NoScriptError, RedisError
from rest_framework.settings import api_settings

log = structlog.get_logger()

STORE: Final = "default"
PERIODS_S: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
# While Redis is away nobody waits for it: it is asked again after this long, said once a minute.
RETRY_AFTER_S: Final = 1.0
COMPLAIN_EVERY_S: Final = 60.0
IPV6_PREFIX: Final = 64  # one household; single addresses of it are free to choose

# Counts in the first key and reads the second where there is one. INCR and EXPIRE in one script:
# a process that dies between them would leave a counter that blocks its caller for ever.
SCRIPT: Final = """
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
if KEYS[2] then return {used, redis.call('GET', KEYS[2])} end
return {used, false}
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """`limit` requests in each window of `window_s` seconds."""

    limit: int
    window_s: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is left of a caller's window, and the seconds until the next one begins."""

    rate: Rate
    used: int
    reset_s: int

    @property
    def is_allowed(self) -> bool:
        return self.used <= self.rate.limit

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return the fields of draft-ietf-httpapi-ratelimit-headers-10."""
        left = max(0, self.rate.limit - self.used)
        return (
            ("RateLimit-Policy", f'"caller";q={self.rate.limit};w={self.rate.window_s}'),
            ("RateLimit", f'"caller";r={left};t={self.reset_s}'),
        )


@cache
def read_rate(text: str) -> Rate:
    """Read DRF's notation, as `600/min`."""
    limit, _, period = text.partition("/")
    return Rate(int(limit), PERIODS_S[period[0]])


def caller_rate() -> Rate:
    return read_rate(api_settings.DEFAULT_THROTTLE_RATES["caller"])


def spend(who: str, *, also_read: str = "", now: float | None = None) -> Spent:
    """Count one request of a caller; bring the value of another key along.

    Redis away: the request is not counted and the value is missing.
    """
    rate = caller_rate()
    moment = time.time() if now is None else now
    window, passed_s = divmod(moment, rate.window_s)
    keys = [f"limit:{who}:{int(window)}"]
    if also_read:
        keys.append(also_read)
    answer = _ask(keys, rate.window_s)
    if answer is None:
        return Spent(None, None)
    verdict = Verdict(rate, int(answer[0]), max(1, int(rate.window_s - passed_s)))
    return Spent(verdict, answer[1])


@dataclass(frozen=True, slots=True)
class Spent:
    """The verdict (None where it could not be counted) and the value read along."""

    verdict: Verdict | None
    value: bytes | None


def is_away() -> bool:
    """Say whether nothing can be counted now; within RETRY_AFTER_S of a failure without asking."""
    if absence.is_on():
        return True
    try:
        get_redis_connection(STORE).ping()
    except RedisError as why:
        absence.note(why)
        return True
    return False


def address_of(request: HttpRequest) -> str:
    """Return the caller's address as far as our own proxies vouch for it (NUM_PROXIES).

    More of X-Forwarded-For is the caller's to invent.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    proxies = api_settings.NUM_PROXIES or 0
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    if proxies and forwarded[0]:
        address = forwarded[-min(proxies, len(forwarded))].strip()
    return _network(address)


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:  # noqa: PLR2004 (IPv4)
        return str(parsed)
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))


class Absence:
    """Remembers for a moment that Redis is away, so that requests do not queue for it."""

    def __init__(self) -> None:
        self.until = 0.0
        self.said_at = -COMPLAIN_EVERY_S

    def end(self) -> None:
        self.until = 0.0

    def is_on(self) -> bool:
        return time.monotonic() < self.until

    def note(self, why: RedisError) -> None:
        now = time.monotonic()
        self.until = now + RETRY_AFTER_S
        if now - self.said_at >= COMPLAIN_EVERY_S:
            self.said_at = now
            log.warning("limits are off, redis is away", error=str(why)[:200])


absence: Final = Absence()


def _ask(keys: list[str], window_s: int) -> list[Any] | None:
    if absence.is_on():
        return None
    client = get_redis_connection(STORE)
    try:
        try:
            answer = client.evalsha(_sha(), len(keys), *keys, window_s)
        except NoScriptError:
            answer = client.eval(SCRIPT, len(keys), *keys, window_s)
    except RedisError as why:
        absence.note(why)
        return None
    return cast("list[Any]", answer)


@cache
def _sha() -> str:
    return str(get_redis_connection(STORE).register_script(SCRIPT).sha)
