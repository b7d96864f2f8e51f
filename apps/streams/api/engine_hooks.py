"""Webhooks of media engines. They carry no truth: what they say starts a look at the engine.

So it does not matter in which order they come, how often, or what a field is called today.
"""

from __future__ import annotations

from typing import Any, Final

import structlog
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.streams import public as streams
from apps.streams import tasks
from kit.tasks import nudge

log = structlog.get_logger()

KEY_HEADER: Final = "X-Showrunner-Key"
# Names that begin otherwise are nothing a look would find: `video.intelligence.detection`.
ABOUT_STREAMS: Final = ("app.", "stream.", "recording.", "connection.", "live_stream", "video.")
LEGACY: Final = ("start.", "stop.", "download.")
LONGEST_ID: Final = 100


class EngineHook(APIView):
    """Answers 200 to whatever it understands or not: any other answer is sent again."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def hear(self, *, event_id: object, name: object) -> Response:
        """Look at the engine at once, unless this very event has come before."""
        known = str(event_id or "")[:LONGEST_ID]
        said = str(name or "")
        if not said.startswith((*ABOUT_STREAMS, *LEGACY)) or streams.was_heard(event_id=known):
            return Response({"heard": False})
        # A broker that is away is no reason to be called again: the clock looks soon.
        nudge(tasks.poll_engine)
        return Response({"heard": True})


@extend_schema(exclude=True)
class WowzaHook(EngineHook):
    def post(self, request: Request) -> Response:
        streams.check_wowza_hook(key=request.headers.get(KEY_HEADER, ""))
        told = _told(request)
        return self.hear(event_id=told.get("id"), name=told.get("name"))


@extend_schema(exclude=True)
class WowzaVideoHook(EngineHook):
    """Nothing signs these: the path is the secret, and the object is read again by the API."""

    def post(self, request: Request, key: str) -> Response:
        streams.check_wowza_video_hook(key=key)
        told = _told(request)
        name = told.get("event_type") or told.get("event")
        return self.hear(event_id=told.get("event_id"), name=name)


def _told(request: Request) -> dict[str, Any]:
    return request.data if isinstance(request.data, dict) else {}
