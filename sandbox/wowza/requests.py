"""What every group of calls needs: paths, the application a call names, a body of known fields."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.ledger import Control, note
from sandbox.wowza import engine as shapes
from sandbox.wowza.engine import Application, Engine
from sandbox.wowza.envelopes import engine_error

SERVER_PATH = f"/v2/servers/{shapes.SERVER}"
VHOST = f"{SERVER_PATH}/vhosts/_defaultVHost_"
APPS = f"{VHOST}/applications"
APP = APPS + "/{app}"
INSTANCE = f"{APP}/instances/{shapes.INSTANCE}"

Call = Callable[[Request, Control], Awaitable[Response]]
Row = tuple[str, str, str, Call]


def find_app(engine: Engine, request: Request) -> Application:
    """Return the application of the path.

    Raises:
        Refusal: 404.

    """
    app = engine.applications.get(request.path_params["app"])
    if app is None:
        raise engine_error(404)
    return app


async def body(request: Request, meaning: Control, known: Collection[str]) -> dict[str, Any]:
    """A JSON object of known fields; whether a real engine refuses others is not proven.

    Raises:
        Refusal: 415 or 400.

    """
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise engine_error(415)
    try:
        told = await request.json()
    except ValueError as bad:
        raise engine_error(400) from bad
    if not isinstance(told, dict) or not set(told) <= set(known):
        raise engine_error(400)
    note(
        request.scope,
        Control(action=meaning.action, app=meaning.app, stream=meaning.stream, body=told),
    )
    return told


def named(told: dict[str, Any], field: str, in_path: str | None) -> str:
    """Return the name a body and a path agree on.

    Raises:
        Refusal: 400 where they do not, or there is none.

    """
    name = in_path or told.get(field)
    if not isinstance(name, str) or not name or told.get(field, name) != name:
        raise engine_error(400, f"{field} is needed, the one in the path")
    return name
