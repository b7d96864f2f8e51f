"""Incoming streams: listed by their instance, counted one by one, cut."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.ledger import Control
from sandbox.wowza import engine as shapes
from sandbox.wowza.engine import Application, Engine
from sandbox.wowza.envelopes import done, engine_error
from sandbox.wowza.publishing import leave
from sandbox.wowza.requests import APP, INSTANCE, Row, find_app

STREAM = INSTANCE + "/incomingstreams/{stream}"


@dataclass(frozen=True, slots=True)
class Streams:
    """There is no collection of streams: the instance holds the list."""

    engine: Engine

    def table(self) -> list[Row]:
        return [
            ("GET", f"{APP}/instances", "list instances", self.list_instances),
            ("GET", INSTANCE, "read instance", self.read_instance),
            ("GET", STREAM, "read stream", self.read_stream),
            ("GET", f"{STREAM}/monitoring/current", "stream statistics", self.statistics),
            ("PUT", f"{STREAM}/actions/disconnectStream", "disconnect", self.disconnect),
            ("PUT", f"{STREAM}/actions/resetStream", "reset stream", self.reset),
        ]

    async def list_instances(self, request: Request, _: Control) -> Response:
        listed = [shapes.instance_document(find_app(self.engine, request))]
        return JSONResponse({"serverName": shapes.SERVER, "instanceList": listed})

    async def read_instance(self, request: Request, _: Control) -> Response:
        return JSONResponse(shapes.instance_document(find_app(self.engine, request)))

    async def read_stream(self, request: Request, _: Control) -> Response:
        app, name = self._stream(request)
        return JSONResponse(shapes.stream_document(app, app.streams[name]))

    async def statistics(self, request: Request, _: Control) -> Response:
        app, name = self._stream(request)
        stream = app.streams[name]
        return JSONResponse(shapes.statistics_document(name, int(stream.uptime_s), stream=stream))

    async def disconnect(self, request: Request, _: Control) -> Response:
        app, name = self._stream(request)
        leave(self.engine, app, name)
        return done("")

    async def reset(self, request: Request, _: Control) -> Response:
        self._stream(request)
        return done("")

    def _stream(self, request: Request) -> tuple[Application, str]:
        app, name = find_app(self.engine, request), request.path_params["stream"]
        if name not in app.streams:
            raise engine_error(404)
        return app, name
