"""Faults: what a stand-in can be told to do wrong, between the socket and its own behaviour."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MANY = 10**9


class BadFault(ValueError):
    """The fault that was ordered makes no sense; the sentence says why."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One order to misbehave, for the next `times` matching calls (None: until cleared).

    status       answer this status with `body` and `headers`, without doing the work
    hang_s       answer nothing for so long, or until the client leaves; then `status` if there
                 is one, else the connection is dropped
    reset        drop the connection (TCP RST) once the whole request is here
    after_bytes  with `reset`: once this many bytes of its body are here
    done         do the work first, and lose the answer by the means above
    """

    path_prefix: str = "/"
    method: str | None = None
    status: int | None = None
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int | None = 1
    hang_s: float | None = None
    reset: bool = False
    after_bytes: int | None = None
    done: bool = False

    @classmethod
    def read(cls, order: Mapping[str, Any]) -> Self:
        """Parse an order of the control plane.

        Raises:
            BadFault: unknown fields, or an order that would do nothing.

        """
        unknown = set(order) - {known.name for known in fields(cls)}
        if unknown:
            raise BadFault(f"unknown fields: {', '.join(sorted(unknown))}")
        fault = cls(**order)
        wrong = fault.wrong_values()
        if wrong:
            raise BadFault(f"these values make no sense: {', '.join(wrong)}")
        if fault.status is None and fault.hang_s is None and not fault.reset:
            raise BadFault("one of status, hang_s, reset is needed")
        if fault.after_bytes is not None and not fault.reset:
            raise BadFault("after_bytes needs reset")
        return fault

    def wrong_values(self) -> list[str]:
        """Names of the fields whose values are out of bounds or of another type."""
        bounds = {
            "status": (self.status, int, 200, 599),
            "times": (self.times, int, 1, _MANY),
            "hang_s": (self.hang_s, int | float, 0, _MANY),
            "after_bytes": (self.after_bytes, int, 0, _MANY),
        }
        texts = (self.path_prefix, *self.headers, *self.headers.values())
        if not all(isinstance(text, str) for text in texts):
            return ["path_prefix or headers"]
        return [
            name
            for name, (value, kind, low, high) in bounds.items()
            if value is not None and not (isinstance(value, kind) and low <= value <= high)
        ]

    def fits(self, scope: Scope) -> bool:
        path = str(scope["path"])
        return path.startswith(self.path_prefix) and self.method in {None, scope["method"]}

    @property
    def name(self) -> str:
        """The word the ledger keeps."""
        what = "reset" if self.reset else "hang" if self.hang_s is not None else str(self.status)
        return f"{what} after the work" if self.done else what


@dataclass(slots=True)
class Faults:
    """The orders in force, first come first served."""

    orders: list[Fault] = field(default_factory=list)

    def take(self, scope: Scope) -> Fault | None:
        """The first order that fits, one use less of it."""
        for fault in self.orders:
            if fault.fits(scope):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.orders.remove(fault)
                return fault
        return None


class Misbehaving:
    """ASGI middleware that carries out the orders."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self.app = app
        self.faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self.faults.take(scope)
        if fault is None:
            await self.app(scope, receive, send)
            return
        scope["sandbox.fault"] = fault.name
        if fault.done:
            await self.app(scope, receive, _swallow(scope))
        elif fault.after_bytes is not None:
            await self.app(scope, _cut(scope, receive, fault.after_bytes), _swallow(scope))
            return
        await _lose(fault, scope, receive, send)


async def _lose(fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    if fault.hang_s is not None and await _client_leaves(receive, fault.hang_s):
        return
    if fault.status is None or fault.reset:
        if fault.hang_s is None and not fault.done:
            await _body_arrives(receive)
        drop(scope)
        await _client_leaves(receive, _MANY)
        return
    body, kind = _encoded(fault.body)
    headers = {"content-type": kind, "content-length": str(len(body)), **fault.headers}
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": fault.status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


def drop(scope: Scope) -> None:
    """Cut the connection a call came by, at once, as a broken network does."""
    transport: asyncio.Transport = scope["sandbox.transport"]
    linger_none = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_none)
    transport.abort()


def _swallow(scope: Scope) -> Send:
    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            scope["sandbox.decided"] = message["status"]

    return send


def _cut(scope: Scope, receive: Receive, after_bytes: int) -> Receive:
    """Let `after_bytes` of the body in, then the network breaks."""
    left = after_bytes

    async def receiving() -> Message:
        nonlocal left
        if left <= 0:
            drop(scope)
            return {"type": "http.disconnect"}
        message = await receive()
        if message["type"] == "http.request":
            body = message.get("body", b"")[:left]
            left = left - len(body) if message.get("more_body") else 0
            return {"type": "http.request", "body": body, "more_body": True}
        return message

    return receiving


async def _body_arrives(receive: Receive) -> None:
    """Read the request to its end, so that what the client sees is always the same."""
    more = True
    while more:
        message = await receive()
        more = message["type"] == "http.request" and message.get("more_body", False)


async def _client_leaves(receive: Receive, within_s: float) -> bool:
    """Wait for the client to give up; what it still sends is read and forgotten."""
    try:
        async with asyncio.timeout(within_s):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def _encoded(body: object) -> tuple[bytes, str]:
    if body is None:
        return b"", "text/plain"
    if isinstance(body, str):
        return body.encode(), "text/html"
    return json.dumps(body).encode(), "application/json"
