"""Viewers say over HTTP that they are here."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.streams import public as streams
from apps.streams.api.serializers.presence import BeatIn, PresenceOut


class SayHere(APIView):
    @extend_schema(request=BeatIn, responses={200: PresenceOut, 202: PresenceOut})
    def post(self, request: Request, broadcast_id: str) -> Response:
        """Say that this viewer is here, and how it plays; 202 where it could not be counted."""
        told = BeatIn(data=request.data)
        told.is_valid(raise_exception=True)
        found = streams.note_beat(
            broadcast_id=broadcast_id, viewer_id=str(request.user.pk), beat=told.beat()
        )
        return Response(PresenceOut(found).data, status=200 if found.is_counted else 202)
