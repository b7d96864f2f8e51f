"""Recordings over HTTP."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.streams import public as streams
from apps.streams.api.serializers import recordings as shapes


class BroadcastRecording(APIView):
    @extend_schema(responses=shapes.RecordingOut)
    def get(self, request: Request, broadcast_id: str) -> Response:
        found = streams.get_recording_of(broadcast_id=broadcast_id, viewer_id=str(request.user.pk))
        return Response(shapes.RecordingOut(found).data)


class OneRecording(APIView):
    @extend_schema(responses=shapes.RecordingOut)
    def get(self, request: Request, recording_id: str) -> Response:
        found = streams.watch_recording(recording_id=recording_id, viewer_id=str(request.user.pk))
        return Response(shapes.RecordingOut(found).data)
