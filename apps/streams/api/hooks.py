"""What the ingest tells us, signed; it is a machine and has no account."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.streams import public as streams
from apps.streams import tasks
from apps.streams.api.serializers.hooks import HookIn
from apps.streams.errors import BroadcastNotFound, StaleSession
from kit import signatures
from kit.tasks import nudge


@extend_schema(exclude=True)
class IngestHook(APIView):
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def post(self, request: Request) -> Response:
        streams.check_hook(body=request.body, signature=request.headers.get(signatures.HEADER, ""))
        told = HookIn(data=request.data)
        told.is_valid(raise_exception=True)
        facts = told.validated_data
        return Response(ANSWERS[facts["event"]](facts))


def let_in(facts: dict[str, Any]) -> dict[str, Any]:
    grant = streams.open_session(key=facts["key"], session_id=facts["session_id"])
    return {"broadcast_id": grant.broadcast_id, "epoch": grant.epoch}


def start(facts: dict[str, Any]) -> dict[str, Any]:
    streams.start_session(broadcast_id=facts["broadcast_id"], epoch=facts["epoch"])
    return {"continue": True}


def beat(facts: dict[str, Any]) -> dict[str, Any]:
    """A stale session is an answer, not a failure: the ingest cuts it."""
    try:
        streams.renew_session(
            broadcast_id=facts["broadcast_id"],
            epoch=facts["epoch"],
            is_playing=facts["playing"],
        )
    except (StaleSession, BroadcastNotFound) as stale:
        return {"continue": False, "reason": stale.code}
    if "health" in facts:
        streams.note_health(broadcast_id=facts["broadcast_id"], measured=facts["health"])
    return {"continue": True}


def stop(facts: dict[str, Any]) -> dict[str, Any]:
    streams.stop_session(
        broadcast_id=facts["broadcast_id"], epoch=facts["epoch"], reason=facts["reason"]
    )
    if streams.is_over(broadcast_id=facts["broadcast_id"]):
        # the last part just closed: no need to wait for the retry of the task that found it open
        nudge(tasks.store_recording, broadcast_id=facts["broadcast_id"])
    return {"continue": False}


ANSWERS = {"publish": let_in, "started": start, "heartbeat": beat, "stopped": stop}
