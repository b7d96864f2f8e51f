"""How the engine words success and failure; texts as recorded from 4.7.0."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from sandbox.refusals import Refusal

VERSION = "4.9.6"

_MESSAGES = {
    400: "The request could not be understood by the server due to malformed syntax",
    401: "The request requires user authentication",
    404: "The server has not found anything matching the request URI",
    405: "The method specified in the request is not allowed for the resource "
    "identified by the request URI",
    406: "The resource identified by the request is only capable of generating response "
    "entities which have content characteristics not acceptable according to the accept "
    "headers sent in the request",
    409: "The request could not be completed due to a conflict with the current state "
    "of the resource",
    415: "The server is refusing to service the request because the entity of the request is "
    "in a format not supported by the requested resource for the requested method",
}


def done(message: str, status: int = 200) -> Response:
    """`{"success": true, ...}`, which is all that a write answers."""
    return JSONResponse({"success": True, "message": message, "data": None}, status)


def engine_error(
    status: int, message: str | None = None, headers: Mapping[str, str] | None = None
) -> Refusal:
    """The error envelope; `code` is the status as a string."""
    body = {
        "message": message or _MESSAGES.get(status, "Internal server error"),
        "success": False,
        "code": str(status),
        "wowzaServer": VERSION,
    }
    return Refusal(status, f"engine {status}", body, headers)


def unknown(status: int, _: str) -> Refusal:
    return engine_error(status)
