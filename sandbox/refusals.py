"""A refusal: how a stand-in says no, in the words of the provider it stands in for."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class Refusal(Exception):
    """The provider's own answer to a call it does not accept.

    `reason` is the word a ledger entry keeps; `body` is the provider's whole error document.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        body: Mapping[str, object] | str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.body = body
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The answer on the wire: JSON for a document, HTML for a page."""
        if isinstance(self.body, str):
            return Response(self.body, self.status, self.headers, media_type="text/html")
        return JSONResponse(dict(self.body), self.status, self.headers)


async def answer(request: Request, refusal: Exception) -> Response:
    """Starlette's exception handler: leave the reason for the ledger, then answer."""
    if not isinstance(refusal, Refusal):
        raise refusal
    request.scope["sandbox.reason"] = refusal.reason
    return refusal.response()
