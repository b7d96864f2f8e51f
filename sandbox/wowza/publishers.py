"""Publishers: the logins encoders use, of the server or of one application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.ledger import Control
from sandbox.wowza import engine as shapes
from sandbox.wowza.engine import Engine
from sandbox.wowza.envelopes import done, engine_error
from sandbox.wowza.requests import APP, SERVER_PATH, Row, body, find_app, named

FIELDS = {"name", "publisherName", "password", "description", "serverName"}


@dataclass(frozen=True, slots=True)
class Publishers:
    """The field of the name differs: `name` at the server, `publisherName` at an application."""

    engine: Engine

    def table(self) -> list[Row]:
        rows: list[Row] = []
        for base in (f"{SERVER_PATH}/publishers", f"{APP}/publishers"):
            one = base + "/{publisher}"
            rows += [
                ("GET", base, "list publishers", self.list_publishers),
                ("POST", base, "create publisher", self.create),
                ("GET", one, "read publisher", self.read),
                ("POST", one, "create publisher", self.create),
                ("DELETE", one, "delete publisher", self.delete),
            ]
        return rows

    async def list_publishers(self, request: Request, _: Control) -> Response:
        listed = [self._shown(request, name) for name in self._held(request)]
        return JSONResponse({"serverName": shapes.SERVER, "publishers": listed})

    async def create(self, request: Request, meaning: Control) -> Response:
        held = self._held(request)
        told = await body(request, meaning, FIELDS)
        name = named(told, self._field(request), request.path_params.get("publisher"))
        if not told.get("password"):
            raise engine_error(400)
        if name in held:
            raise engine_error(409)
        held[name] = told
        return done("", 201)

    async def read(self, request: Request, _: Control) -> Response:
        return JSONResponse(self._shown(request, self._name(request)))

    async def delete(self, request: Request, _: Control) -> Response:
        del self._held(request)[self._name(request)]
        return done("Saved")

    def _held(self, request: Request) -> dict[str, dict[str, Any]]:
        if "app" in request.path_params:
            return find_app(self.engine, request).publishers
        return self.engine.publishers

    def _name(self, request: Request) -> str:
        name: str = request.path_params["publisher"]
        if name not in self._held(request):
            raise engine_error(404)
        return name

    def _shown(self, request: Request, name: str) -> dict[str, Any]:
        return {self._field(request): name, "description": ""}

    def _field(self, request: Request) -> str:
        return "publisherName" if "app" in request.path_params else "name"
