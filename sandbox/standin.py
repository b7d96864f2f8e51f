"""One provider stand-in: its routes, wrapped in faults, ledger and control plane."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.control import ControlPlane
from sandbox.faults import Faults, Misbehaving
from sandbox.ledger import Ledger, Recorder
from sandbox.refusals import Refusal, answer

Unknown = Callable[[int, str], Refusal]


@dataclass(slots=True, kw_only=True)
class StandIn:
    """What is served on one port. `unknown` words a 404 or 405 as the provider would.

    `forget` takes back every order its own control routes can give.

    `alpn` is empty for plain HTTP; with only "h2" in it, HTTP/1.1 is hung up on.
    """

    name: str
    routes: Sequence[BaseRoute]
    unknown: Unknown
    control: Sequence[BaseRoute] = ()
    forget: Callable[[], None] = lambda: None
    alpn: Sequence[str] = ()
    max_streams: int = 100
    ledger: Ledger = field(default_factory=Ledger)
    faults: Faults = field(default_factory=Faults)

    @property
    def h2_only(self) -> bool:
        return list(self.alpn) == ["h2"]

    def app(self) -> ASGIApp:
        """The ASGI application of this port."""
        provider = Starlette(
            routes=list(self.routes),
            exception_handlers={
                Refusal: answer,
                HTTPException: self._unknown,
                ClientDisconnect: _gone,
            },
        )
        # A trailing slash is another path to a provider; Starlette would be kinder.
        provider.router.redirect_slashes = False
        guarded = Recorder(Misbehaving(provider, self.faults), self.ledger)
        control = ControlPlane(self.ledger, self.faults, self.forget).app(list(self.control))

        async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
            mine = str(scope["path"]).startswith("/_sandbox/")
            await (control if mine else guarded)(scope, receive, send)

        return Patient(dispatch)

    async def _unknown(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        return await answer(request, self.unknown(status, request.url.path))


class Patient:
    """ASGI middleware that hears a request out before it lets the answer go.

    An early answer over HTTP/1.1 ends in a reset that can overtake it, and over HTTP/2 hypercorn
    0.18 drops the whole connection when data arrives for a stream it has answered.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        heard = False
        turn = asyncio.Lock()  # Starlette listens for a disconnect while it streams an answer

        async def hear() -> Message:
            nonlocal heard
            message = await receive()
            heard = message["type"] != "http.request" or not message.get("more_body", False)
            return message

        async def receiving() -> Message:
            async with turn:
                return await hear()

        async def sending(message: Message) -> None:
            while not heard:
                async with turn:
                    if not heard:
                        await hear()
            await send(message)

        await self.app(scope, receiving, sending)


async def _gone(request: Request, _: Exception) -> Response:
    """Nobody reads this answer; the ledger reads its reason."""
    request.scope["sandbox.reason"] = "client left"
    return Response(status_code=499)


def unknown_parameters(request: Request, known: Collection[str]) -> list[str]:
    """Query parameters a provider has never heard of."""
    return sorted(set(request.query_params) - set(known))
