"""`Idempotency-Key` on POST: the work is done once, and the first answer is told again.

draft-ietf-httpapi-idempotency-key-header-07, with these choices: keys belong to the caller, the
method and the path; an answer lives for a day; what may be tried again (a 5xx, a limit, a refused
token) is not kept, and frees the key. A worker that dies in the middle frees it after LEASE_S.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

import structlog
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django_redis import get_redis_connection
from redis.exceptions import RedisError
from rest_framework.exceptions import AuthenticationFailed

from gateway.answers import as_http
from gateway.authentication import Caller, identify
from kit import problems
from kit.errors import Conflict, DomainError, Invalid, Unavailable
from kit.ids import new_id
from kit.secrets import Safe

log = structlog.get_logger()

STORE: Final = "state"
PATHS: Final = "/api/v1/"
KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
KEPT_S: Final = 24 * 3_600
LEASE_S: Final = 120  # longer than any request may take
NOT_KEPT: Final = frozenset({401, 408, 425, 429})
HEADERS: Final = ("Content-Type", "Location", "ETag")

# A lease that ran out belongs to somebody else by now: only its holder may write or free it.
KEEP: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


class IdempotencyKeyMalformed(Invalid):
    code = "idempotency-key-malformed"
    sentence = "An Idempotency-Key has 1 to 255 visible ASCII characters."


class IdempotencyInProgress(Conflict):
    code = "idempotency-in-progress"
    sentence = "The first request with this Idempotency-Key is still running."


class IdempotencyKeyReused(Invalid):
    code = "idempotency-key-reused"
    sentence = "This Idempotency-Key came with another body before."


class StateUnavailable(Unavailable):
    code = "state-unavailable"
    sentence = "Idempotency cannot be promised now: the state server does not answer."


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do the work of one key, held until `keep` or LEASE_S."""

    name: str
    token: str
    body_hash: str


class Idempotency:
    """Middleware: replays, refuses or lets through; costs nothing without the header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        key = request.META.get("HTTP_IDEMPOTENCY_KEY")
        if key is None or request.method != "POST" or not request.path_info.startswith(PATHS):
            return self.get_response(request)
        caller = _caller(request)
        if caller is None:  # the view says 401, or it is a route without a caller
            return self.get_response(request)
        try:
            return self._once(request, caller, key)
        except DomainError as refused:
            return as_http(cast("Any", problems.answer_for(refused)))

    def _once(self, request: HttpRequest, caller: Caller, key: str) -> HttpResponseBase:
        if not KEY.fullmatch(key):
            raise IdempotencyKeyMalformed
        taken = _take(_name(request, caller, key), hashlib.sha256(request.body).hexdigest())
        if isinstance(taken, HttpResponse):
            return taken
        response = self.get_response(request)
        _keep(taken, response)
        return response


def _caller(request: HttpRequest) -> Caller | None:
    try:
        return identify(request.META.get("HTTP_AUTHORIZATION", ""))
    except AuthenticationFailed:
        return None


def _name(request: HttpRequest, caller: Caller, key: str) -> str:
    """Return the Redis key: hashed, as a path has no length anybody promised."""
    parts = json.dumps([caller.pk, request.method, request.get_full_path(), key])
    return f"idempotency:{hashlib.sha256(parts.encode()).hexdigest()}"


def _take(name: str, body_hash: str) -> Lease | HttpResponse:
    """Take the lease, or return the first answer.

    Raises:
        IdempotencyInProgress: another request holds the lease.
        IdempotencyKeyReused: the first request had another body.
        StateUnavailable: Redis does not answer, so that nothing can be promised.

    """
    lease = Lease(name, f"running:{body_hash}:{new_id()}", body_hash)
    try:
        client = get_redis_connection(STORE)
        if client.set(name, lease.token, nx=True, ex=LEASE_S):
            return lease
        found = cast("bytes | None", client.get(name))
    except RedisError as why:
        raise StateUnavailable from why
    state, first_hash, told = (found or b"running::").decode().split(":", 2)
    if first_hash and first_hash != body_hash:
        raise IdempotencyKeyReused
    if state == "running":
        raise IdempotencyInProgress
    return _replay(told)


def _replay(told: str) -> HttpResponse:
    try:
        first = json.loads(_safe().open(told))
    except InvalidToken as why:  # sealed with a key that was rotated away: nobody can tell again
        raise IdempotencyInProgress from why
    response = HttpResponse(b64decode(first["body"]), status=first["status"])
    for name, value in first["headers"].items():
        response.headers[name] = value
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _keep(lease: Lease, response: HttpResponseBase) -> None:
    """Store the answer, or free the key where the same request may be tried again."""
    is_final = response.status_code < 500 and response.status_code not in NOT_KEPT  # noqa: PLR2004
    told = f"done:{lease.body_hash}:{_told(response)}" if is_final else ""
    try:
        get_redis_connection(STORE).eval(KEEP, 1, lease.name, lease.token, told, KEPT_S)
    except RedisError as why:
        # The work is done: its answer counts more than the promise, which the lease still keeps.
        log.warning("first answer not kept", error=str(why)[:200])


def _told(response: HttpResponseBase) -> str:
    """Seal the answer: that of `POST /broadcasts` holds a stream key."""
    answer = cast("HttpResponse", response)
    return _safe().seal(
        json.dumps(
            {
                "status": answer.status_code,
                "headers": {name: answer[name] for name in HEADERS if name in answer},
                "body": b64encode(answer.content).decode(),
            }
        )
    )


def _safe() -> Safe:
    return Safe(settings.FIELD_KEYS)
