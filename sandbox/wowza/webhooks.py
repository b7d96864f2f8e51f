"""The configuration of webhooks, from 4.9.6 on; before, the paths do not exist."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.ledger import Control
from sandbox.wowza.engine import Engine
from sandbox.wowza.envelopes import done, engine_error
from sandbox.wowza.requests import SERVER_PATH, Row, body, named

WEBHOOKS = f"{SERVER_PATH}/webhooks"
FILTER_FIELDS = {
    *("id", "enabled", "criteria", "targetRef"),
    *("maxRetryAttempts", "retryDelay", "retryDelayUnit"),
}
TARGET_FIELDS = {"id", "url", "headers", "auth"}


@dataclass(frozen=True, slots=True)
class Webhooks:
    """`kind` in a path is `filters` or `targets`."""

    engine: Engine

    def table(self) -> list[Row]:
        kinds, one = WEBHOOKS + "/{kind}", WEBHOOKS + "/{kind}/{hook}"
        return [
            ("GET", WEBHOOKS, "read webhooks", self.read_all),
            ("GET", kinds, "list webhook parts", self.list_entries),
            ("POST", kinds, "create webhook part", self.create),
            ("GET", one, "read webhook part", self.read),
            ("PUT", one, "update webhook part", self.update),
            ("DELETE", one, "delete webhook part", self.delete),
        ]

    async def read_all(self, _: Request, __: Control) -> Response:
        if not self.engine.has_webhooks:
            raise engine_error(404)
        filters = list(self.engine.hook_filters.values())
        targets = list(self.engine.hook_targets.values())
        told = {"debugLog": False, "source": "sandbox", "filters": filters, "targets": targets}
        return JSONResponse({"webhooks": told})

    async def list_entries(self, request: Request, _: Control) -> Response:
        return JSONResponse({request.path_params["kind"]: list(self._held(request).values())})

    async def create(self, request: Request, meaning: Control) -> Response:
        held = self._held(request)
        told = await body(request, meaning, self._fields(request))
        name = named(told, "id", None)
        if name in held:
            raise engine_error(409)
        held[name] = told
        return done("Saved", 201)

    async def read(self, request: Request, _: Control) -> Response:
        return JSONResponse(self._held(request)[self._id(request)])

    async def update(self, request: Request, meaning: Control) -> Response:
        held, name = self._held(request), self._id(request)
        held[name] = {**held[name], **await body(request, meaning, self._fields(request))}
        return done("Saved")

    async def delete(self, request: Request, _: Control) -> Response:
        del self._held(request)[self._id(request)]
        return done("Saved")

    def _held(self, request: Request) -> dict[str, dict[str, Any]]:
        kinds = {"filters": self.engine.hook_filters, "targets": self.engine.hook_targets}
        held = kinds.get(request.path_params["kind"])
        if held is None or not self.engine.has_webhooks:
            raise engine_error(404)
        return held

    def _fields(self, request: Request) -> Collection[str]:
        return FILTER_FIELDS if request.path_params["kind"] == "filters" else TARGET_FIELDS

    def _id(self, request: Request) -> str:
        name: str = request.path_params["hook"]
        if name not in self._held(request):
            raise engine_error(404)
        return name
