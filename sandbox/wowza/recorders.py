"""Recorders: named after the stream they wait for, ended by an action, never deleted."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.ledger import Control
from sandbox.wowza import engine as shapes
from sandbox.wowza.engine import Application, Engine, Recorder
from sandbox.wowza.envelopes import done, engine_error
from sandbox.wowza.hooks import tell
from sandbox.wowza.publishing import begin_part, close_part
from sandbox.wowza.requests import INSTANCE, Row, body, find_app, named

RECORDERS = f"{INSTANCE}/streamrecorders"
RECORDER = RECORDERS + "/{stream}"


@dataclass(frozen=True, slots=True)
class Recorders:
    """They write real files, which hold what the encoder was told to send."""

    engine: Engine

    def table(self) -> list[Row]:
        return [
            ("GET", RECORDERS, "list recorders", self.list_recorders),
            ("POST", RECORDERS, "start recorder", self.start),
            ("GET", RECORDER, "read recorder", self.read),
            ("POST", RECORDER, "start recorder", self.start),
            ("GET", f"{RECORDER}/default", "read defaults", self.read_defaults),
            ("PUT", f"{RECORDER}/actions/stopRecording", "stop recorder", self.stop),
            ("PUT", f"{RECORDER}/actions/splitRecording", "split recorder", self.split),
        ]

    async def list_recorders(self, request: Request, _: Control) -> Response:
        app = find_app(self.engine, request)
        listed = [shapes.recorder_document(app, name) for name in app.recorders]
        # "streamrecorder", in the singular, is the engine's name for the list.
        return JSONResponse({"serverName": shapes.SERVER, "streamrecorder": listed})

    async def start(self, request: Request, meaning: Control) -> Response:
        app = find_app(self.engine, request)
        settings = await body(request, meaning, shapes.RECORDER_DEFAULTS)
        name = named(settings, "recorderName", request.path_params.get("stream"))
        if name in app.recorders:
            raise engine_error(409)
        app.recorders[name] = Recorder(settings)
        if name in app.streams:
            begin_part(self.engine, app, name, app.recorders[name])
        return done("Recorder Created", 201)

    async def read(self, request: Request, _: Control) -> Response:
        app, name = self._recorder(request)
        return JSONResponse(shapes.recorder_document(app, name))

    async def read_defaults(self, request: Request, _: Control) -> Response:
        find_app(self.engine, request)
        name = request.path_params["stream"]
        return JSONResponse({**shapes.RECORDER_DEFAULTS, "recorderName": name})

    async def stop(self, request: Request, _: Control) -> Response:
        app, name = self._recorder(request)
        close_part(self.engine, app, name, app.recorders[name])
        del app.recorders[name]
        tell(self.engine, app, name, "recording.stopped", "stopped")
        return done(f"Recording ({name}) stopped")

    async def split(self, request: Request, _: Control) -> Response:
        app, name = self._recorder(request)
        close_part(self.engine, app, name, app.recorders[name])
        begin_part(self.engine, app, name, app.recorders[name])
        return done(f"Recording ({name}) split")

    def _recorder(self, request: Request) -> tuple[Application, str]:
        app, name = find_app(self.engine, request), request.path_params["stream"]
        if name not in app.recorders:
            raise engine_error(404)
        return app, name
