"""The REST calls, under /v2/servers/_defaultServer_/vhosts/_defaultVHost_."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ledger import Control, note
from sandbox.standin import unknown_parameters
from sandbox.wowza import engine as shapes
from sandbox.wowza.engine import Application, Engine, Recorder
from sandbox.wowza.envelopes import VERSION, done, engine_error
from sandbox.wowza.login import Login

SERVER_PATH = f"/v2/servers/{shapes.SERVER}"
APPS = f"{SERVER_PATH}/vhosts/_defaultVHost_/applications"
APP = APPS + "/{app}"
INSTANCE = f"{APP}/instances/{shapes.INSTANCE}"
STREAM = INSTANCE + "/incomingstreams/{stream}"
RECORDERS = f"{INSTANCE}/streamrecorders"
RECORDER = RECORDERS + "/{stream}"

Call = Callable[[Request, Control], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Calls:
    """Each method answers one call; `routes` says which."""

    engine: Engine
    login: Login

    def routes(self) -> list[BaseRoute]:
        table: list[tuple[str, str, str, Call]] = [
            ("GET", f"{SERVER_PATH}/status", "status", self.status),
            ("GET", APPS, "list applications", self.list_applications),
            ("POST", APPS, "create application", self.create_application),
            ("GET", APP, "read application", self.read_application),
            ("POST", APP, "create application", self.create_application),
            ("PUT", APP, "update application", self.update_application),
            ("DELETE", APP, "delete application", self.delete_application),
            ("GET", f"{APP}/monitoring/current", "application statistics", self.app_statistics),
            ("GET", f"{APP}/instances", "list instances", self.list_instances),
            ("GET", INSTANCE, "read instance", self.read_instance),
            ("GET", STREAM, "read stream", self.read_stream),
            ("GET", f"{STREAM}/monitoring/current", "stream statistics", self.statistics),
            ("PUT", f"{STREAM}/actions/disconnectStream", "disconnect", self.disconnect),
            ("GET", RECORDERS, "list recorders", self.list_recorders),
            ("POST", RECORDERS, "start recorder", self.start_recorder),
            ("GET", RECORDER, "read recorder", self.read_recorder),
            ("POST", RECORDER, "start recorder", self.start_recorder),
            ("PUT", f"{RECORDER}/actions/stopRecording", "stop recorder", self.stop_recorder),
            ("PUT", f"{RECORDER}/actions/splitRecording", "split recorder", self.split_recorder),
        ]
        return [Route(path, self._guard(verb, call), methods=[m]) for m, path, verb, call in table]

    def _guard(self, verb: str, call: Call) -> Callable[[Request], Awaitable[Response]]:
        """Login, then the demands on every request, then the call."""

        async def guarded(request: Request) -> Response:
            named = request.path_params
            meaning = Control(action=verb, app=named.get("app"), stream=named.get("stream"))
            note(request.scope, meaning)
            self.login.check(request)
            if unknown_parameters(request, ()):
                raise engine_error(400, "Unknown query parameter")
            if "application/json" not in request.headers.get("accept", ""):
                raise engine_error(406)  # a real engine answers XML, which we do not speak
            return await call(request, meaning)

        return guarded

    async def status(self, _: Request, __: Control) -> Response:
        return JSONResponse(
            {
                "serverName": shapes.SERVER,
                "serverVersion": f"Wowza Streaming Engine {VERSION}",
                "serverBuild": "sandbox",
                "licenseType": "Perpetual",
                "licenseExpireDate": "",
                "serverMode": "",
                "timeRunning": round(time.time() - self.engine.started_at, 3),
                "currentConnections": 0,
                "maxConnections": 0,
                "maxIncommingStreams": 0,  # spelt as the engine spells it
                "restAPIAvailable": True,
                "transcoderLicensed": False,
                "transcoderLicenses": 0,
                "dvrLicensed": False,
            }
        )

    async def list_applications(self, _: Request, __: Control) -> Response:
        listed = [
            {
                "id": name,
                "href": f"{APPS}/{name}",
                "appType": app.config.get("appType"),
                "dvrEnabled": False,
                "drmEnabled": False,
                "transcoderEnabled": False,
                "streamTargetsEnabled": False,
            }
            for name, app in sorted(self.engine.applications.items())
        ]
        return JSONResponse({"serverName": shapes.SERVER, "applications": listed})

    async def create_application(self, request: Request, meaning: Control) -> Response:
        config = await _body(request, meaning, shapes.APPLICATION_FIELDS)
        name = request.path_params.get("app") or config.get("name")
        if not isinstance(name, str) or not name or config.get("name", name) != name:
            raise engine_error(400, "The application needs a name, the one in the path")
        if name in self.engine.applications:
            raise engine_error(409)
        self.engine.applications[name] = Application({**config, "name": name})
        return done(f"Application ({name}) created successfully.", 201)

    async def read_application(self, request: Request, _: Control) -> Response:
        return JSONResponse({"serverName": shapes.SERVER, **self._app(request).config})

    async def update_application(self, request: Request, meaning: Control) -> Response:
        app = self._app(request)
        config = await _body(request, meaning, shapes.APPLICATION_FIELDS)
        if config.get("name", app.config["name"]) != app.config["name"]:
            raise engine_error(400, "An application cannot be renamed")
        app.config.update(config)
        return done("Saved")

    async def delete_application(self, request: Request, _: Control) -> Response:
        name = self._app(request).config["name"]
        del self.engine.applications[name]
        return done(f"Application ({name}) deleted successfully")

    async def app_statistics(self, request: Request, _: Control) -> Response:
        app = self._app(request)
        uptime_s = int(time.time() - self.engine.started_at)
        name = app.config["name"]
        return JSONResponse(shapes.statistics_document(name, uptime_s, application=True))

    async def list_instances(self, request: Request, _: Control) -> Response:
        return JSONResponse(
            {
                "serverName": shapes.SERVER,
                "instanceList": [shapes.instance_document(self._app(request))],
            }
        )

    async def read_instance(self, request: Request, _: Control) -> Response:
        return JSONResponse(shapes.instance_document(self._app(request)))

    async def read_stream(self, request: Request, _: Control) -> Response:
        app, name = self._stream(request)
        return JSONResponse(shapes.stream_document(app, app.streams[name]))

    async def statistics(self, request: Request, _: Control) -> Response:
        app, name = self._stream(request)
        uptime_s = int(time.time() - app.streams[name].connected_at)
        return JSONResponse(shapes.statistics_document(name, uptime_s, application=False))

    async def disconnect(self, request: Request, _: Control) -> Response:
        app, name = self._stream(request)
        del app.streams[name]
        return done("")

    async def list_recorders(self, request: Request, _: Control) -> Response:
        app = self._app(request)
        listed = [shapes.recorder_document(app, name) for name in app.recorders]
        # "streamrecorder", in the singular, is the engine's name for the list.
        return JSONResponse({"serverName": shapes.SERVER, "streamrecorder": listed})

    async def start_recorder(self, request: Request, meaning: Control) -> Response:
        app = self._app(request)
        settings = await _body(request, meaning, shapes.RECORDER_DEFAULTS)
        name = request.path_params.get("stream") or settings.get("recorderName")
        if not isinstance(name, str) or not name or settings.get("recorderName", name) != name:
            raise engine_error(400, "The recorder needs a name, the one in the path")
        if name in app.recorders:
            raise engine_error(409)
        app.recorders[name] = Recorder(settings)
        return done("Recorder Created", 201)

    async def read_recorder(self, request: Request, _: Control) -> Response:
        app, name = self._recorder(request)
        return JSONResponse(shapes.recorder_document(app, name))

    async def stop_recorder(self, request: Request, _: Control) -> Response:
        app, name = self._recorder(request)
        del app.recorders[name]
        return done(f"Recording ({name}) stopped")

    async def split_recorder(self, request: Request, _: Control) -> Response:
        app, name = self._recorder(request)
        app.recorders[name].segments += 1
        return done(f"Recording ({name}) split")

    def _app(self, request: Request) -> Application:
        app = self.engine.applications.get(request.path_params["app"])
        if app is None:
            raise engine_error(404)
        return app

    def _stream(self, request: Request) -> tuple[Application, str]:
        app, name = self._app(request), request.path_params["stream"]
        if name not in app.streams:
            raise engine_error(404)
        return app, name

    def _recorder(self, request: Request) -> tuple[Application, str]:
        app, name = self._app(request), request.path_params["stream"]
        if name not in app.recorders:
            raise engine_error(404)
        return app, name


async def _body(request: Request, meaning: Control, known: Collection[str]) -> dict[str, Any]:
    """A JSON object of known fields; whether a real engine refuses others is not proven.

    Raises:
        Refusal: 415 or 400.

    """
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise engine_error(415)
    try:
        body = await request.json()
    except ValueError as bad:
        raise engine_error(400) from bad
    if not isinstance(body, dict) or not set(body) <= set(known):
        raise engine_error(400)
    note(
        request.scope,
        Control(action=meaning.action, app=meaning.app, stream=meaning.stream, body=body),
    )
    return body
