"""The FCM port: one method, its bearer token issued by the Google stand-in beside it."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from jsonschema.protocols import Validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control import BadOrder, table
from sandbox.credentials import Credentials
from sandbox.fcm.errors import CODES, bad_message, fcm_error, unknown, wrong_project
from sandbox.fcm.messages import check_message, target_of
from sandbox.google.bearer import bearer
from sandbox.google.consent import SCOPE
from sandbox.google.grants import Grants
from sandbox.ledger import Push, note
from sandbox.schemas import Discovery, violation
from sandbox.standin import StandIn, unknown_parameters

SEND_SCOPES = (f"{SCOPE}firebase.messaging", f"{SCOPE}cloud-platform")
_METHOD = "fcm.projects.messages.send"


@dataclass(slots=True)
class Sender:
    """messages:send. `devices` maps an address to the error it answers."""

    credentials: Credentials
    grants: Grants
    discovery: Discovery
    shape: Validator
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def send(self, request: Request) -> Response:
        """Answer one message: its name, or an error."""
        bearer(request, self.grants, SEND_SCOPES)
        project = request.path_params["project"]
        if project != self.credentials.project_id:
            raise wrong_project(project)
        extra = unknown_parameters(request, self.discovery.known_parameters(_METHOD))
        if extra:
            raise bad_message(extra[0], "Unknown query parameter.")
        body = await self._body(request)
        message = body["message"]
        name = f"projects/{project}/messages/0:{time.time_ns() // 1000}%{secrets.token_hex(8)}"
        note(request.scope, _push(message, name, validate_only=bool(body.get("validateOnly"))))
        kind, address = target_of(message)
        check_message(message)
        dead = self.devices.get(address)
        if dead is not None and kind in {"token", "fid"}:
            raise fcm_error(dead["code"], status=dead.get("status"))
        return JSONResponse({"name": name})

    async def _body(self, request: Request) -> dict[str, Any]:
        try:
            body = self.discovery.normal(await request.json(), "SendMessageRequest")
        except ValueError as bad:
            raise bad_message("", "Invalid JSON payload received.") from bad
        wrong = violation(self.shape, body)
        if wrong is not None:
            raise bad_message(wrong.field, wrong.sentence)
        if not isinstance(body, dict) or "message" not in body:
            raise bad_message("message", "Message is required.")
        return body

    async def mark(self, request: Request) -> Response:
        """POST /_sandbox/devices: {address: {"code": "UNREGISTERED", "status"?} | null}."""
        for address, fate in (await table(request)).items():
            if fate is None:
                self.devices.pop(address, None)
            elif fate.get("code") not in CODES or not set(fate) <= {"code", "status"}:
                raise BadOrder(f"code must be one of {', '.join(sorted(CODES))}")
            else:
                self.devices[address] = fate
        return Response(status_code=204)

    async def heal(self, _: Request) -> Response:
        """DELETE /_sandbox/devices: every address lives again."""
        self.devices.clear()
        return Response(status_code=204)


def fcm(credentials: Credentials, grants: Grants) -> StandIn:
    """FCM over TLS; HTTP/2 preferred, HTTP/1.1 accepted."""
    discovery = Discovery.load("fcm.v1")
    sender = Sender(credentials, grants, discovery, discovery.validator("SendMessageRequest"))
    return StandIn(
        name="fcm",
        forget=sender.devices.clear,
        alpn=("h2", "http/1.1"),
        unknown=unknown,
        routes=[Route("/v1/projects/{project}/messages:send", sender.send, methods=["POST"])],
        control=[
            Route("/_sandbox/devices", sender.mark, methods=["POST"]),
            Route("/_sandbox/devices", sender.heal, methods=["DELETE"]),
        ],
    )


def _push(message: dict[str, Any], name: str, *, validate_only: bool) -> Push:
    android = message.get("android", {})
    address = next((str(message[key]) for key in ("fid", "token") if message.get(key)), "")
    topic = message.get("topic") or message.get("condition")
    return Push(
        device=address or str(topic or ""),
        message_id=name,
        topic=topic,
        collapse_id=android.get("collapseKey"),
        priority=android.get("priority"),
        expiration=android.get("ttl"),
        payload=message,
        validate_only=validate_only,
    )
