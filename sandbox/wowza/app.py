"""The Wowza port: the engine's REST interface, and orders that make publishers come and go."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.control import BadOrder, order
from sandbox.credentials import Credentials
from sandbox.standin import StandIn
from sandbox.wowza.calls import Calls
from sandbox.wowza.engine import Application, Engine, Stream
from sandbox.wowza.envelopes import unknown
from sandbox.wowza.login import Login
from sandbox.wowza.publishing import Refused, enter, leave


def wowza(credentials: Credentials, methods: tuple[str, ...] = ("digest",)) -> StandIn:
    """An engine that asks for one of the login `methods`: digest, basic."""
    engine = Engine(credentials.directory / "wowza")
    login = Login(credentials.wowza_user, credentials.wowza_password, methods)
    return StandIn(
        name="wowza",
        forget=engine.reinstall,
        unknown=unknown,
        routes=Calls(engine, login).routes(),
        control=Encoders(engine).routes(),
    )


@dataclass(frozen=True, slots=True)
class Encoders:
    """The hands of encoders, and of whoever installs the server."""

    engine: Engine

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/_sandbox/streams", self.publish, methods=["POST"]),
            Route("/_sandbox/streams", self.leave, methods=["DELETE"]),
            Route("/_sandbox/stalls", self.stall, methods=["POST"]),
            Route("/_sandbox/server", self.install, methods=["POST"]),
        ]

    async def publish(self, request: Request) -> Response:
        """409 where the Engine refuses the encoder, as the body says."""
        told = await order(
            request, app=str, name=str, source_ip=str, user=str, password=str, video=str
        )
        app = self._application(told.get("app", "live"))
        stream = Stream(told.get("name", ""), told.get("source_ip") or _source())
        if not stream.name:
            raise BadOrder("name is needed")
        if video := told.get("video"):
            stream.video = Path(video).read_bytes()  # noqa: ASYNC240 (a few hundred kB)
        try:
            enter(self.engine, app, stream, (told.get("user", ""), told.get("password", "")))
        except Refused as refused:
            return JSONResponse({"error": str(refused)}, status_code=409)
        return Response(status_code=204)

    async def leave(self, request: Request) -> Response:
        app = self._application(request.query_params.get("app", "live"))
        leave(self.engine, app, request.query_params.get("name", ""))
        return Response(status_code=204)

    async def stall(self, request: Request) -> Response:
        """An encoder that lost its network: connected, and silent."""
        told = await order(request, app=str, name=str)
        stream = self._application(told.get("app", "live")).streams.get(told.get("name", ""))
        if stream is None:
            raise BadOrder("nobody publishes under this name")
        stream.stalled_bytes = stream.received_bytes + 1
        return Response(status_code=204)

    async def install(self, request: Request) -> Response:
        told: dict[str, Any] = await order(request, version=str, licence_valid=bool)
        for name, value in told.items():
            setattr(self.engine, name, value)
        return Response(status_code=204)

    def _application(self, name: str) -> Application:
        if name not in self.engine.applications:
            raise BadOrder(
                f"no application {name!r}; there are {', '.join(self.engine.applications)}"
            )
        return self.engine.applications[name]


def _source() -> str:
    """Every connection comes from a port of its own."""
    return f"rtmp://127.0.0.1:{49152 + time.time_ns() // 1000 % 16384}"
