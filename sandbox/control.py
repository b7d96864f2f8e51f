"""The control plane every stand-in carries under /_sandbox: look at it, break it, mend it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from sandbox.faults import Fault, Faults
from sandbox.ledger import Ledger


class BadOrder(ValueError):
    """The control plane was told something it does not understand."""


async def order(request: Request, **types: type | tuple[type, ...]) -> dict[str, Any]:
    """Read a JSON order whose fields are all known and of the named types.

    Raises:
        BadOrder: no JSON object, an unknown field, or a value of another type.

    """
    try:
        body = await request.json()
    except ValueError as broken:
        raise BadOrder("the body is not JSON") from broken
    if not isinstance(body, dict):
        raise BadOrder("the body is not an object")
    for name, value in body.items():
        if name not in types:
            raise BadOrder(f"unknown field {name!r}; known: {', '.join(sorted(types))}")
        if not isinstance(value, types[name]):
            raise BadOrder(f"{name!r} has the wrong type")
    return body


async def table(request: Request) -> dict[str, dict[str, Any] | None]:
    """Read a JSON object whose values are objects (set this entry) or null (drop it).

    Raises:
        BadOrder: anything else.

    """
    try:
        body = await request.json()
    except ValueError as broken:
        raise BadOrder("the body is not JSON") from broken
    if not isinstance(body, dict) or any(
        not isinstance(fate, dict) and fate is not None for fate in body.values()
    ):
        raise BadOrder("the body is not an object of objects and nulls")
    return body


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """What /_sandbox does on every stand-in; `forget` takes back its own orders."""

    ledger: Ledger
    faults: Faults
    forget: Callable[[], None]

    def app(self, more: list[BaseRoute]) -> Starlette:
        """The ASGI app: these routes, and the stand-in's own."""
        table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("GET", "ledger", self.read_ledger),
            ("DELETE", "ledger", self.clear_ledger),
            ("POST", "faults", self.add_fault),
            ("DELETE", "faults", self.clear_faults),
            ("POST", "reset", self.reset),
            ("GET", "health", self.health),
        ]
        routes = [Route(f"/_sandbox/{name}", call, methods=[m]) for m, name, call in table]
        return Starlette(routes=[*routes, *more], exception_handlers={BadOrder: _bad_order})

    async def read_ledger(self, request: Request) -> Response:
        after = request.query_params.get("after", "0")
        if not after.isdigit():
            raise BadOrder("after is a number")
        return StreamingResponse(_document(self.ledger, int(after)), media_type="application/json")

    async def clear_ledger(self, _: Request) -> Response:
        self.ledger.clear()
        return Response(status_code=204)

    async def add_fault(self, request: Request) -> Response:
        try:
            body = await request.json()
            if not isinstance(body, dict):
                raise BadOrder("the body is not an object")
            self.faults.orders.append(Fault.read(body))
        except ValueError as broken:
            raise BadOrder(str(broken)) from broken
        return Response(status_code=204)

    async def clear_faults(self, _: Request) -> Response:
        self.faults.orders.clear()
        return Response(status_code=204)

    async def reset(self, _: Request) -> Response:
        self.ledger.clear()
        self.faults.orders.clear()
        self.forget()
        return Response(status_code=204)

    async def health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok", "faults": len(self.faults.orders)})


async def _bad_order(_: Request, broken: Exception) -> Response:
    return JSONResponse({"error": str(broken)}, status_code=400)


async def _document(ledger: Ledger, after: int) -> AsyncIterator[bytes]:
    """`{"dropped": n, "entries": [...]}` in pieces, so that reading it costs no memory."""
    lines = ledger.lines(after=after)
    yield b'{"dropped":%d,"entries":[' % ledger.dropped
    joint = b""
    while piece := list(islice(lines, 500)):
        yield joint + b",".join(piece)
        joint = b","
    yield b"]}"
