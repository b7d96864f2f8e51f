"""Home as bytes in Redis: the view keeps them, a middleware tells them again.

The middleware stands before sessions, messages and CSRF, none of which a bearer token needs: one
round trip to Redis counts the request and brings the answer along.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, resolve
from django.utils.http import parse_etags
from django_redis import get_redis_connection
from redis.exceptions import RedisError
from rest_framework.exceptions import AuthenticationFailed

from gateway import limits
from gateway.authentication import identify
from kit import hints

PATH: Final = "/api/v1/home"
FEED: Final = "home"
FRESH_S: Final = 5
ETAG_CHARS: Final = 34  # quotes and 128 bits of SHA-256 in hex


class CachedHome:
    """Answers `GET /api/v1/home` of a known caller while it is fresh; all else goes on.

    What goes on after the round trip is marked as counted, and is not counted again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info != PATH or request.method != "GET":
            return self.get_response(request)
        return _cached(request) or self.get_response(request)


def _cached(request: HttpRequest) -> HttpResponse | None:
    try:
        caller = identify(request.META.get("HTTP_AUTHORIZATION", ""))
    except AuthenticationFailed:
        return None  # the view says what is wrong with the token
    if caller is None:
        return None
    spent = limits.spend(f"user:{caller.pk}", also_read=_key(caller.pk, _quality(request)))
    request.rate_limit = spent.verdict  # type: ignore[attr-defined]
    if spent.value is None or (spent.verdict and not spent.verdict.is_allowed):
        return None
    request.resolver_match = _route()  # for the access log and the metrics
    return answer(spent.value, request.META.get("HTTP_IF_NONE_MATCH", ""))


@cache
def _route() -> ResolverMatch:
    return resolve(PATH)


def _quality(request: HttpRequest) -> str:
    asked = request.GET.get("quality", "") if request.META.get("QUERY_STRING") else ""
    return hints.quality(request.META, asked)


def find(user_id: str, quality: str, of: str) -> bytes | None:
    """Return what was kept for a person less than FRESH_S seconds ago."""
    try:
        found: bytes | None = get_redis_connection(limits.STORE).get(_key(user_id, quality, of))
    except RedisError:
        return None
    return found


def keep(user_id: str, quality: str, body: bytes, of: str = FEED) -> bytes:
    """Keep an answer to a person for FRESH_S seconds; return it with its ETag in front."""
    entry = f'"{hashlib.sha256(body).hexdigest()[: ETAG_CHARS - 2]}"'.encode() + body
    try:
        get_redis_connection(limits.STORE).set(_key(user_id, quality, of), entry, ex=FRESH_S)
    except RedisError:
        return entry  # the next request composes again: slower, not wrong
    return entry


def answer(entry: bytes, known: str) -> HttpResponse:
    """Tell what was kept, or that the caller's copy (If-None-Match) still is the same."""
    etag = entry[:ETAG_CHARS].decode()
    if known and (known == etag or _is_among(etag, known)):
        response = HttpResponse(status=304)
        del response.headers["Content-Type"]
    else:
        response = HttpResponse(entry[ETAG_CHARS:], content_type="application/json")
    headers = response.headers
    headers["ETag"] = etag
    headers["Cache-Control"] = "private, no-cache"
    headers["Vary"] = f"Authorization, {hints.VARY}"
    headers["Accept-CH"] = hints.ACCEPT_CH
    return response


def _key(user_id: str, quality: str, of: str = FEED) -> str:
    return f"{of}:{user_id}:{quality}"


def _is_among(etag: str, known: str) -> bool:
    """Compare weakly (RFC 9110 §13.1.2): a proxy that compresses marks ours with W/."""
    offered = parse_etags(known)
    return etag in offered or f"W/{etag}" in offered or "*" in offered
