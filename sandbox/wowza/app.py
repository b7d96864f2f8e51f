"""The Wowza port: the Engine's REST interface and the cloud's, and orders to their encoders."""

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
from sandbox.refusals import Refusal
from sandbox.standin import StandIn
from sandbox.wowza.calls import Calls
from sandbox.wowza.engine import Application, Engine, Stream
from sandbox.wowza.envelopes import unknown
from sandbox.wowza.login import Login
from sandbox.wowza.publishing import Refused, enter, leave
from sandbox.wowza_video.app import video_control, video_routes
from sandbox.wowza_video.calls import BASE, cloud_error
from sandbox.wowza_video.cloud import Cloud


def wowza(credentials: Credentials, methods: tuple[str, ...] = ("digest",)) -> StandIn:
    """An engine that asks for one of the login `methods`: digest, basic."""
    engine, cloud = Engine(credentials.directory / "wowza"), Cloud()
    login = Login(credentials.wowza_user, credentials.wowza_password, methods)

    def forget() -> None:
        engine.reinstall()
        cloud.forget()

    return StandIn(
        name="wowza",
        forget=forget,
        unknown=_unknown,
        routes=[
            *video_routes(cloud, credentials.wowza_password),
            *Calls(engine, login).routes(),
        ],
        control=[*Encoders(engine).routes(), *video_control(cloud)],
    )


def _unknown(status: int, path: str) -> Refusal:
    """Word it as the one of the two would that the path is below."""
    if path.startswith(BASE):
        return cloud_error(status, "There is no such call.")
    return unknown(status, path)


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
