"""The three ways Google words an error: OAuth, an API of its own, and the consent page."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from sandbox.refusals import Refusal

# google.rpc.Code by HTTP status, as API errors name them.
_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "NOT_FOUND",
    410: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


def oauth_error(error: str, description: str, status: int = 400) -> Refusal:
    """RFC 6749 §5.2, as https://oauth2.googleapis.com answers it."""
    return Refusal(status, error, {"error": error, "error_description": description})


def consent_error(error: str, description: str) -> Refusal:
    """The page a person sees when the app sent them with a bad request; never a redirect."""
    page = (
        "<!doctype html><title>Error 400</title>"
        f"<h1>Access blocked</h1><p>Error 400: {html.escape(error)}</p>"
        f"<p>{html.escape(description)}</p>"
    )
    return Refusal(400, error, page)


def api_error(
    code: int,
    reason: str,
    message: str,
    *,
    domain: str = "global",
    details: Sequence[Mapping[str, object]] = (),
    headers: Mapping[str, str] | None = None,
) -> Refusal:
    """An error of the YouTube Data API: `error.errors[0].reason` is what clients act on."""
    error: dict[str, object] = {
        "code": code,
        "message": message,
        "errors": [{"message": message, "domain": domain, "reason": reason}],
        "status": _STATUS.get(code, "UNKNOWN"),
    }
    if details:
        error["details"] = list(details)
    return Refusal(code, reason, {"error": error}, headers)


def status_word(code: int) -> str:
    """The google.rpc.Code that goes with an HTTP status."""
    return _STATUS.get(code, "UNKNOWN")


def unknown(status: int, path: str) -> Refusal:
    """What Google answers where there is nothing, or not by this method."""
    return api_error(status, "notFound", f"The requested URL {path} was not found on this server.")


def login_required() -> Refusal:
    return api_error(
        401,
        "required",
        "Request is missing required authentication credential. Expected OAuth 2 access token.",
        headers={"www-authenticate": 'Bearer realm="https://accounts.google.com/"'},
    )


def bad_token() -> Refusal:
    return api_error(
        401,
        "authError",
        "Request had invalid authentication credentials.",
        headers={
            "www-authenticate": 'Bearer realm="https://accounts.google.com/", '
            'error="invalid_token"'
        },
    )


def scope_missing(needed: Sequence[str]) -> Refusal:
    return api_error(
        403,
        "insufficientPermissions",
        "Request had insufficient authentication scopes.",
        details=[
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                "domain": "googleapis.com",
            }
        ],
        headers={
            "www-authenticate": 'Bearer realm="https://accounts.google.com/", '
            f'error="insufficient_scope", scope="{" ".join(needed)}"'
        },
    )
