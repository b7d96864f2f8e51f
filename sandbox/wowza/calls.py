"""The REST calls, under /v2/servers/_defaultServer_/vhosts/_defaultVHost_."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ledger import Control, note
from sandbox.refusals import Refusal
from sandbox.standin import unknown_parameters
from sandbox.wowza import engine as shapes
from sandbox.wowza.engine import Application, Engine
from sandbox.wowza.envelopes import done, engine_error
from sandbox.wowza.hls import Hls
from sandbox.wowza.login import Login
from sandbox.wowza.outputs import Outputs
from sandbox.wowza.publishers import Publishers
from sandbox.wowza.recorders import Recorders
from sandbox.wowza.requests import APP, APPS, SERVER_PATH, Call, body, find_app
from sandbox.wowza.streams import Streams
from sandbox.wowza.webhooks import Webhooks


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
            ("PUT", f"{APP}/actions/{{action}}", "act on application", self.act),
            ("GET", f"{APP}/security", "read security", self.read_security),
            ("PUT", f"{APP}/security", "update security", self.update_security),
            ("GET", f"{APP}/modules", "read modules", self.read_modules),
            ("PUT", f"{APP}/modules", "update modules", self.update_modules),
            ("GET", f"{APP}/adv", "read advanced", self.read_advanced),
            ("PUT", f"{APP}/adv", "update advanced", self.update_advanced),
            ("GET", "/restinfo", "read restinfo", self.restinfo),
            ("GET", "/v2/machine/monitoring/current", "machine statistics", self.machine),
        ]
        for part in (Streams, Recorders, Outputs, Publishers, Webhooks):
            table += part(self.engine).table()
        routes = [
            Route(path, self._guard(verb, call), methods=[m]) for m, path, verb, call in table
        ]
        return [*routes, *Hls(self.engine).routes()]

    def _guard(self, verb: str, call: Call) -> Callable[[Request], Awaitable[Response]]:
        """Login, then the demands on every request, then the call."""

        async def guarded(request: Request) -> Response:
            named = request.path_params
            meaning = Control(action=verb, app=named.get("app"), stream=named.get("stream"))
            note(request.scope, meaning)
            try:
                self.login.check(request)
                if unknown_parameters(request, ()):
                    raise engine_error(400, "Unknown query parameter")
                if "application/json" not in request.headers.get("accept", ""):
                    raise engine_error(406)  # a real engine answers XML, which we do not speak
                return await call(request, meaning)
            except Refusal as refusal:
                if not isinstance(refusal.body, str):
                    refusal.body = {**refusal.body, "wowzaServer": self.engine.version}
                raise

        return guarded

    async def status(self, _: Request, __: Control) -> Response:
        return JSONResponse(
            {
                "serverName": shapes.SERVER,
                "serverVersion": f"Wowza Streaming Engine {self.engine.version}",
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
                "streamTargetsEnabled": True,
            }
            for name, app in sorted(self.engine.applications.items())
        ]
        return JSONResponse({"serverName": shapes.SERVER, "applications": listed})

    async def create_application(self, request: Request, meaning: Control) -> Response:
        config = await body(request, meaning, shapes.APPLICATION_FIELDS)
        name = request.path_params.get("app") or config.get("name")
        if not isinstance(name, str) or not name or config.get("name", name) != name:
            raise engine_error(400, "The application needs a name, the one in the path")
        if name in self.engine.applications:
            raise engine_error(409)
        made = Application({**config, "name": name})
        made.modules = (config.get("modules") or {}).get("moduleList") or made.modules
        self.engine.applications[name] = made
        return done(f"Application ({name}) created successfully.", 201)

    async def read_application(self, request: Request, _: Control) -> Response:
        app = find_app(self.engine, request)
        return JSONResponse(
            {
                "serverName": shapes.SERVER,
                **app.config,
                "securityConfig": app.security,
                "modules": {"moduleList": app.modules},
            }
        )

    async def update_application(self, request: Request, meaning: Control) -> Response:
        app = find_app(self.engine, request)
        config = await body(request, meaning, shapes.APPLICATION_FIELDS)
        if config.get("name", app.config["name"]) != app.config["name"]:
            raise engine_error(400, "An application cannot be renamed")
        app.config.update(config)
        return done("Saved")

    async def delete_application(self, request: Request, _: Control) -> Response:
        name = find_app(self.engine, request).config["name"]
        del self.engine.applications[name]
        return done(f"Application ({name}) deleted successfully")

    async def app_statistics(self, request: Request, _: Control) -> Response:
        app = find_app(self.engine, request)
        uptime_s = int(time.time() - self.engine.started_at)
        name = app.config["name"]
        return JSONResponse(shapes.statistics_document(name, uptime_s))

    async def act(self, request: Request, _: Control) -> Response:
        """A restart hangs up on every publisher; so does a shutdown."""
        app, action = find_app(self.engine, request), request.path_params["action"]
        if action not in {"start", "restart", "shutdown"}:
            raise engine_error(400, "Unknown action")
        if action != "start":
            app.streams.clear()
        app.restarts += action == "restart"
        return done("")

    async def read_security(self, request: Request, _: Control) -> Response:
        return JSONResponse(find_app(self.engine, request).security)

    async def update_security(self, request: Request, meaning: Control) -> Response:
        app = find_app(self.engine, request)
        told = await body(request, meaning, shapes.SECURITY_DEFAULTS)
        app.config["securityConfig"] = {**app.security, **told}
        return done("Saved")

    async def read_modules(self, request: Request, _: Control) -> Response:
        return JSONResponse({"moduleList": find_app(self.engine, request).modules})

    async def update_modules(self, request: Request, meaning: Control) -> Response:
        app = find_app(self.engine, request)
        app.modules = _list(await body(request, meaning, {"moduleList"}), "moduleList")
        return done("Saved")

    async def read_advanced(self, request: Request, _: Control) -> Response:
        return JSONResponse({"advancedSettings": find_app(self.engine, request).advanced})

    async def update_advanced(self, request: Request, meaning: Control) -> Response:
        app = find_app(self.engine, request)
        told = await body(request, meaning, {"advancedSettings"})
        app.advanced = _list(told, "advancedSettings")
        return done("Saved")

    async def restinfo(self, _: Request, __: Control) -> Response:
        return JSONResponse(
            {
                "apiVersion": "v2",
                "restBuild": "sandbox",
                "licenseValid": self.engine.licence_valid,
            }
        )

    async def machine(self, _: Request, __: Control) -> Response:
        return JSONResponse(
            {
                "serverUptime": int(time.time() - self.engine.started_at),
                "cpuIdle": 100,
                "cpuUser": 0,
                "cpuSystem": 0,
                "memoryFree": 0,
                "memoryUsed": 0,
                "connectionCount": 0,
            }
        )


def _list(told: dict[str, Any], key: str) -> list[dict[str, Any]]:
    listed = told.get(key)
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        raise engine_error(400)
    return listed
