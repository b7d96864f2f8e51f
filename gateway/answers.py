"""Problems (RFC 9457) outside DRF: plain views, error handlers, middleware."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from rest_framework.response import Response

from kit import problems

View = Callable[..., HttpResponseBase]

# Who reads JSON and no page: phones, engines, players, probes.
MACHINES: Final = ("/api/", "/hooks/", "/live/", "/media/", "/healthz", "/readyz", "/metrics")

PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body{{font:1rem/1.5 system-ui,sans-serif;background:#0e1014;color:#e8eaf0;
display:grid;place-content:center;min-height:100vh;margin:0;text-align:center}}
a{{color:#9db8ff}}</style>
<h1>{title}</h1><p>{hint}</p><p><a href="/">Back to the start</a></p></html>"""


def problem(status: int, code: str, title: str, **facts: Any) -> HttpResponse:
    """Return a problem document as a plain response."""
    return as_http(problems.response(status, code, title, **facts))


def as_http(answer: Response) -> HttpResponse:
    """Turn an answer of `kit.problems` into one that needs no renderer."""
    plain = JsonResponse(answer.data, status=answer.status_code)
    for name, value in answer.headers.items():
        plain.headers[name] = value
    plain.headers["Content-Type"] = problems.MEDIA_TYPE
    return plain


def speaks_problems(view: View) -> View:
    """Decorate a plain view: what a context refuses becomes a problem; the rest is raised on."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Exception as exc:
            answer = problems.answer_for(exc)
            if answer is None:
                raise
            return as_http(answer)

    return answered


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _failure(request, HTTPStatus.BAD_REQUEST, "bad-request", "The request is malformed.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _failure(request, HTTPStatus.FORBIDDEN, "permission-denied", "You may not do this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _failure(request, HTTPStatus.NOT_FOUND, "not-found", "There is nothing here.")


def broken(request: HttpRequest) -> HttpResponse:
    return _failure(
        request, HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "Something broke on our side."
    )


def _failure(request: HttpRequest, status: HTTPStatus, code: str, title: str) -> HttpResponse:
    if request.path_info.startswith(MACHINES):
        return problem(status, code, title)
    hint = "We have been told." if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ""
    return HttpResponse(PAGE.format(title=title, hint=hint), status=status)
