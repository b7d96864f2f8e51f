"""Who may call a Google API: the bearer token of a request and the scopes it carries."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request

from sandbox.google.errors import bad_token, login_required, scope_missing
from sandbox.google.grants import Access, Grants


def bearer(request: Request, grants: Grants, any_of: Sequence[str]) -> Access:
    """The grant behind a request, if it carries one of the scopes.

    Raises:
        Refusal: 401 without a live token, 403 with one that was granted other things.

    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not token or scheme.lower() != "bearer":
        raise login_required()
    access = grants.bearer(token)
    if access is None:
        raise bad_token()
    if not set(any_of) & set(access.scopes):
        raise scope_missing(any_of)
    return access
