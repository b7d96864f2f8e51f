"""The HTTP verbs of sets: look, stop, begin anew."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_202_ACCEPTED
from rest_framework.views import APIView

from apps.previews import public as previews
from apps.previews import tasks
from apps.previews.api.serializers.sets import PreviewOut
from kit.tasks import nudge


class GetBroadcastPreview(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses=PreviewOut, tags=["broadcasts"])
    def get(self, request: Request, broadcast_id: str) -> Response:
        """Return the preview of a broadcast: its recording's, or its live one before that."""
        found = previews.get_broadcast_preview(
            broadcast_id=broadcast_id, viewer_id=str(request.user.pk)
        )
        return Response(PreviewOut(found).data)


class GetRecordingPreview(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses=PreviewOut, tags=["recordings"])
    def get(self, request: Request, recording_id: str) -> Response:
        """Return everything made of a recording, or how far its making is."""
        found = previews.get_recording_preview(
            recording_id=recording_id, viewer_id=str(request.user.pk)
        )
        return Response(PreviewOut(found).data)


class RegenerateRecordingPreview(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(request=None, responses={202: PreviewOut}, tags=["recordings"])
    def post(self, request: Request, recording_id: str) -> Response:
        """Let the preview of one's own recording be made anew; what it shows stays until then."""
        by = str(request.user.pk)
        previews.regenerate_own(recording_id=recording_id, by=by)
        nudge(tasks.make_recording_set, recording_id=recording_id)
        found = previews.get_recording_preview(recording_id=recording_id, viewer_id=by)
        return Response(PreviewOut(found).data, status=HTTP_202_ACCEPTED)


class CancelRecordingPreview(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(request=None, responses=PreviewOut, tags=["recordings"])
    def post(self, request: Request, recording_id: str) -> Response:
        """Stop the making of the preview of one's own recording."""
        by = str(request.user.pk)
        previews.cancel_own(recording_id=recording_id, by=by)
        found = previews.get_recording_preview(recording_id=recording_id, viewer_id=by)
        return Response(PreviewOut(found).data)
