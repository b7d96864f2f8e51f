"""The APNs port: HTTP/2 over TLS and nothing else."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.apns.provider_tokens import DISTINCT_LIMIT, ProviderTokens
from sandbox.apns.reasons import apns_error, unknown
from sandbox.apns.rules import check_device, check_headers, check_payload
from sandbox.control import BadOrder, order, table
from sandbox.credentials import Credentials
from sandbox.ledger import Push, note
from sandbox.refusals import Refusal
from sandbox.standin import StandIn, unknown_parameters

MAX_STREAMS = 1000


@dataclass(slots=True)
class Gateway:
    """The one call. `devices` maps a lower-case token to the answer it gets."""

    credentials: Credentials
    tokens: ProviderTokens
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def push(self, request: Request) -> Response:
        """POST /3/device/{token}: 200 and `apns-id`, or a reason."""
        device = request.path_params["device"]
        body = await request.body()
        given = request.headers.get("apns-id")
        apns_id = given or str(uuid.uuid4()).upper()
        note(request.scope, _push(request, device, apns_id, None))
        try:
            payload = self._judge(request, device, body)
        except Refusal as refusal:
            refusal.headers["apns-id"] = apns_id
            raise
        note(request.scope, _push(request, device, apns_id, payload))
        dead = self.devices.get(device.lower())
        if dead is not None:
            gone = apns_error(dead["status"], dead["reason"], dead.get("timestamp"))
            gone.headers["apns-id"] = apns_id
            raise gone
        return Response(headers={"apns-id": apns_id})

    def _judge(self, request: Request, device: str, body: bytes) -> dict[str, Any]:
        self.tokens.check(request.headers.get("authorization"))
        if unknown_parameters(request, ()):
            raise apns_error(404, "BadPath")
        check_device(device)
        check_headers(request.headers, self.credentials.apns_topic)
        return check_payload(body, request.headers["apns-push-type"])

    async def mark(self, request: Request) -> Response:
        """POST /_sandbox/devices: {token: {"status", "reason", "timestamp"?} | null}.

        An entry of `{}` is a token that died now: 410 Unregistered.
        """
        now_ms = time.time_ns() // 1_000_000
        for token, fate in (await table(request)).items():
            if fate is None:
                self.devices.pop(token.lower(), None)
                continue
            if not set(fate) <= {"status", "reason", "timestamp"}:
                raise BadOrder("an entry has status, reason and timestamp")
            answer = {"status": 410, "reason": "Unregistered", **fate}
            if answer["status"] == 410:  # noqa: PLR2004 - Gone
                answer.setdefault("timestamp", now_ms)
            self.devices[token.lower()] = answer
        return Response(status_code=204)

    async def heal(self, _: Request) -> Response:
        """DELETE /_sandbox/devices: every token lives again."""
        self.devices.clear()
        return Response(status_code=204)

    def take_back_orders(self) -> None:
        """Every token lives, no JWT was seen."""
        self.devices.clear()
        self.tokens.forget()
        self.tokens.limit = DISTINCT_LIMIT

    async def set_tokens(self, request: Request) -> Response:
        """POST /_sandbox/provider-tokens {"limit": n}: allow n distinct JWTs in 20 minutes."""
        self.tokens.limit = (await order(request, limit=int)).get("limit", self.tokens.limit)
        return Response(status_code=204)

    async def forget_tokens(self, _: Request) -> Response:
        """DELETE /_sandbox/provider-tokens: as if none had been seen."""
        self.tokens.forget()
        return Response(status_code=204)


def apns(credentials: Credentials) -> StandIn:
    """APNs over TLS; a client that does not speak HTTP/2 is hung up on."""
    gateway = Gateway(credentials, ProviderTokens(credentials))
    return StandIn(
        name="apns",
        forget=gateway.take_back_orders,
        alpn=("h2",),
        max_streams=MAX_STREAMS,
        unknown=unknown,
        routes=[Route("/3/device/{device}", gateway.push, methods=["POST"])],
        control=[
            Route("/_sandbox/devices", gateway.mark, methods=["POST"]),
            Route("/_sandbox/devices", gateway.heal, methods=["DELETE"]),
            Route("/_sandbox/provider-tokens", gateway.set_tokens, methods=["POST"]),
            Route("/_sandbox/provider-tokens", gateway.forget_tokens, methods=["DELETE"]),
        ],
    )


def _push(request: Request, device: str, apns_id: str, payload: object) -> Push:
    headers = request.headers
    return Push(
        device=device,
        message_id=apns_id,
        topic=headers.get("apns-topic"),
        collapse_id=headers.get("apns-collapse-id"),
        priority=headers.get("apns-priority"),
        push_type=headers.get("apns-push-type"),
        expiration=headers.get("apns-expiration"),
        payload=payload,
    )
