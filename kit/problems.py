"""Every failure of the API as an RFC 9457 problem document, in one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404
from kombu.exceptions import OperationalError as BrokerDown
from pymongo.errors import ConnectionFailure as DocumentsDown
from redis.exceptions import ConnectionError as StateDown
from redis.exceptions import TimeoutError as StateSlow
from rest_framework import exceptions as drf
from rest_framework.response import Response

from kit import errors, request_ids

log = structlog.get_logger()

MEDIA_TYPE: Final = "application/problem+json"

STATUS: Final[dict[type[errors.DomainError], int]] = {
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Invalid: 422,
    errors.Forbidden: 403,
    errors.Unavailable: 503,
}

# A store that is away: which, and how long a phone should wait before it asks again.
STORES: Final[dict[type[Exception], tuple[str, str]]] = {
    DocumentsDown: ("documents-unavailable", "The document server does not answer."),
    StateDown: ("state-unavailable", "The state server does not answer."),
    StateSlow: ("state-unavailable", "The state server does not answer in time."),
    BrokerDown: ("broker-unavailable", "The broker does not answer."),
}
RETRY_AFTER_S: Final = 5


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:  # noqa: ARG001 (DRF's)
    """DRF's EXCEPTION_HANDLER. What is unexpected is not caught: it reaches the error tracker."""
    return answer_for(exc)


def answer_for(exc: Exception) -> Response | None:
    if isinstance(exc, errors.DomainError):
        return _domain(exc)
    for kind, (code, title) in STORES.items():
        if isinstance(exc, kind):
            log.warning("store away", code=code, error=str(exc)[:200])
            return response(503, code, title, headers={"Retry-After": str(RETRY_AFTER_S)})
    if isinstance(exc, Http404):
        exc = drf.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = drf.PermissionDenied()
    return _framework(exc) if isinstance(exc, drf.APIException) else None


def response(
    status: int,
    code: str,
    title: str,
    *,
    headers: Mapping[str, str] | None = None,
    **facts: object,
) -> Response:
    body = problem(status, code, title, **facts)
    return Response(body, status=status, content_type=MEDIA_TYPE, headers=headers)


def problem(status: int, code: str, title: str, **facts: object) -> dict[str, object]:
    """Return the members of a problem document (RFC 9457 §3.1), ours after the standard ones."""
    return {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "code": code,
        "request_id": request_ids.current(),
        **facts,
    }


def _domain(exc: errors.DomainError) -> Response:
    status = next(code for kind, code in STATUS.items() if isinstance(exc, kind))
    wait = exc.facts.get("retry_after_s", RETRY_AFTER_S)
    headers = {"Retry-After": str(wait)} if status == STATUS[errors.Unavailable] else None
    return response(status, exc.code, str(exc), headers=headers, **exc.facts)


def _framework(exc: drf.APIException) -> Response:
    headers: dict[str, str] = {}
    if getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = exc.auth_header  # type: ignore[attr-defined]
    if getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(exc.wait) + 1)  # type: ignore[attr-defined]
    if isinstance(exc, drf.ValidationError):
        found = list(_field_errors(exc.detail))
        return response(422, "invalid", "The request breaks a rule.", errors=found)
    code = str(exc.default_code).replace("_", "-")
    return response(exc.status_code, code, str(exc.detail), headers=headers)


def _field_errors(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _field_errors(inner, f"{field}.{name}" if field else str(name))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _field_errors(inner, field)
    else:
        code = str(getattr(detail, "code", "invalid")).replace("_", "-")
        yield {"field": field, "code": code, "message": str(detail)}
