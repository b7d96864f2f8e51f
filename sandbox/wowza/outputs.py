"""What leaves the Engine: aliases (SMIL), and pushes to other services."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.ledger import Control
from sandbox.wowza import engine as shapes
from sandbox.wowza.engine import Application, Engine
from sandbox.wowza.envelopes import done, engine_error
from sandbox.wowza.requests import APP, Row, body, find_app, named

SMILS = f"{APP}/smilfiles"
ENTRIES = f"{APP}/pushpublish/mapentries"
ENTRY = ENTRIES + "/{entry}"
SMIL_FIELDS = {"title", "smilStreams", "serverName", "name"}
ENTRY_FIELDS = {
    *("entryName", "profile", "sourceStreamName", "host", "port", "application", "streamName"),
    *("userName", "password", "sendSSL", "enabled", "serverName"),
}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
PROBE_S = 0.5


@dataclass(frozen=True, slots=True)
class Outputs:
    """A push to this machine is tried for real, others are taken to work."""

    engine: Engine

    def table(self) -> list[Row]:
        return [
            ("GET", SMILS, "list aliases", self.list_smils),
            ("GET", SMILS + "/{smil}", "read alias", self.read_smil),
            ("POST", SMILS + "/{smil}", "create alias", self.create_smil),
            ("PUT", SMILS + "/{smil}", "update alias", self.update_smil),
            ("DELETE", SMILS + "/{smil}", "delete alias", self.delete_smil),
            ("GET", ENTRIES, "list targets", self.list_entries),
            ("POST", ENTRIES, "create target", self.create_entry),
            ("GET", ENTRY, "read target", self.read_entry),
            ("POST", ENTRY, "create target", self.create_entry),
            ("PUT", ENTRY, "update target", self.update_entry),
            ("DELETE", ENTRY, "delete target", self.delete_entry),
            ("PUT", ENTRY + "/actions/{action}", "act on target", self.act_on_entry),
        ]

    async def list_smils(self, request: Request, _: Control) -> Response:
        listed = [{"id": name} for name in find_app(self.engine, request).smils]
        return JSONResponse({"serverName": shapes.SERVER, "smilFiles": listed})

    async def read_smil(self, request: Request, _: Control) -> Response:
        app, name = self._smil(request)
        return JSONResponse({"serverName": shapes.SERVER, "name": name, **app.smils[name]})

    async def create_smil(self, request: Request, meaning: Control) -> Response:
        app, name = find_app(self.engine, request), request.path_params["smil"]
        told = _smil(await body(request, meaning, SMIL_FIELDS))
        if name in app.smils:
            raise engine_error(409)
        app.smils[name] = told
        return done("Saved", 201)

    async def update_smil(self, request: Request, meaning: Control) -> Response:
        app, name = self._smil(request)
        app.smils[name] = _smil(await body(request, meaning, SMIL_FIELDS))
        return done("Saved")

    async def delete_smil(self, request: Request, _: Control) -> Response:
        app, name = self._smil(request)
        del app.smils[name]
        return done("")

    async def list_entries(self, request: Request, _: Control) -> Response:
        app = find_app(self.engine, request)
        entries = app.targets.values()
        states = await asyncio.gather(*(_status(app, entry) for entry in entries))
        listed = [
            {**entry, "sessionStatus": state} for entry, state in zip(entries, states, strict=True)
        ]
        return JSONResponse({"serverName": shapes.SERVER, "mapEntries": listed})

    async def read_entry(self, request: Request, _: Control) -> Response:
        app, name = self._entry(request)
        entry = app.targets[name]
        return JSONResponse({**entry, "sessionStatus": await _status(app, entry)})

    async def create_entry(self, request: Request, meaning: Control) -> Response:
        app = find_app(self.engine, request)
        told = _entry_of(await body(request, meaning, ENTRY_FIELDS))
        name = named(told, "entryName", request.path_params.get("entry"))
        if name in app.targets:
            raise engine_error(409)
        app.targets[name] = {**told, "entryName": name}
        return done("Saved", 201)

    async def update_entry(self, request: Request, meaning: Control) -> Response:
        app, name = self._entry(request)
        app.targets[name].update(await body(request, meaning, ENTRY_FIELDS))
        return done("Saved")

    async def delete_entry(self, request: Request, _: Control) -> Response:
        app, name = self._entry(request)
        del app.targets[name]
        return done("")

    async def act_on_entry(self, request: Request, _: Control) -> Response:
        app, name = self._entry(request)
        action = request.path_params["action"]
        if action not in {"enable", "disable", "restart"}:
            raise engine_error(400, "Unknown action")
        app.targets[name]["enabled"] = action != "disable"
        return done("")

    def _smil(self, request: Request) -> tuple[Application, str]:
        app, name = find_app(self.engine, request), request.path_params["smil"]
        if name not in app.smils:
            raise engine_error(404)
        return app, name

    def _entry(self, request: Request) -> tuple[Application, str]:
        app, name = find_app(self.engine, request), request.path_params["entry"]
        if name not in app.targets:
            raise engine_error(404)
        return app, name


def _smil(told: dict[str, Any]) -> dict[str, Any]:
    streams = told.get("smilStreams")
    if not isinstance(streams, list) or not streams:
        raise engine_error(400)
    for row in streams:
        # most numbers of a SMIL file are strings, and the source is needed
        if not isinstance(row, dict) or not row.get("src"):
            raise engine_error(400)
        if not all(isinstance(value, str) for value in row.values()):
            raise engine_error(400)
    return told


def _entry_of(told: dict[str, Any]) -> dict[str, Any]:
    needed = ("profile", "sourceStreamName", "host", "application", "streamName")
    if any(not told.get(name) for name in needed) or told["profile"] != "rtmp":
        raise engine_error(400)
    return told


async def _status(app: Application, entry: dict[str, Any]) -> str:
    if not entry.get("enabled", True):
        return "Disabled"
    if entry["sourceStreamName"] not in app.streams:
        return "Waiting for stream"
    if entry["host"] not in LOOPBACK:
        return "Active"
    try:
        async with asyncio.timeout(PROBE_S):
            _, writer = await asyncio.open_connection(entry["host"], int(entry["port"]))
    except (OSError, TimeoutError):
        return "Error"
    writer.close()
    return "Active"
