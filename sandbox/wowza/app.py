"""The Wowza port: the engine's REST interface, and orders that make publishers come and go."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.control import BadOrder, order
from sandbox.credentials import Credentials
from sandbox.standin import StandIn
from sandbox.wowza.calls import Calls
from sandbox.wowza.engine import Application, Engine, Stream
from sandbox.wowza.envelopes import unknown
from sandbox.wowza.login import Login


def wowza(credentials: Credentials, methods: tuple[str, ...] = ("digest",)) -> StandIn:
    """An engine that asks for one of the login `methods`: digest, basic."""
    engine = Engine()
    login = Login(credentials.wowza_user, credentials.wowza_password, methods)

    async def publish(request: Request) -> Response:
        told = await order(request, app=str, name=str, source_ip=str)
        app = _application(engine, told.get("app", "live"))
        name = told.get("name", "")
        if not name:
            raise BadOrder("name is needed")
        source = told.get("source_ip", "rtmp://127.0.0.1:50000")
        app.streams[name] = Stream(name, source)
        return Response(status_code=204)

    async def leave(request: Request) -> Response:
        app = _application(engine, request.query_params.get("app", "live"))
        app.streams.pop(request.query_params.get("name", ""), None)
        return Response(status_code=204)

    def reinstall() -> None:
        engine.applications = Engine().applications

    return StandIn(
        name="wowza",
        forget=reinstall,
        unknown=unknown,
        routes=Calls(engine, login).routes(),
        control=[
            Route("/_sandbox/streams", publish, methods=["POST"]),
            Route("/_sandbox/streams", leave, methods=["DELETE"]),
        ],
    )


def _application(engine: Engine, name: str) -> Application:
    if name not in engine.applications:
        raise BadOrder(f"no application {name!r}; there are {', '.join(engine.applications)}")
    return engine.applications[name]
