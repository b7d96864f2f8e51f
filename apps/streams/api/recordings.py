"""Recordings over HTTP."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.streams import public as streams
from apps.streams.api.serializers import recordings as shapes
from kit.pages import PageRequest


class BroadcastRecording(APIView):
    @extend_schema(responses=shapes.RecordingOut)
    def get(self, request: Request, broadcast_id: str) -> Response:
        found = streams.get_recording_of(broadcast_id=broadcast_id, viewer_id=str(request.user.pk))
        return Response(shapes.RecordingOut(found).data)


class BroadcastRecordings(APIView):
    @extend_schema(responses=shapes.RecordingPageOut)
    def get(self, request: Request, broadcast_id: str) -> Response:
        """Answer what is recorded of a broadcast, in whatever state it is."""
        page = streams.list_recordings_of(
            broadcast_id=broadcast_id,
            viewer_id=str(request.user.pk),
            page=PageRequest.read(request.query_params.dict()),
        )
        return Response(shapes.RecordingPageOut(page).data)


class Segments(APIView):
    @extend_schema(parameters=[shapes.SegmentsIn], responses=shapes.SegmentPageOut)
    def get(self, request: Request, broadcast_id: str) -> Response:
        """Answer segments in the order of time: of the air while it runs, then of the recording.

        A cursor is good for one of the two.
        """
        wanted = shapes.SegmentsIn(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        page = streams.list_segments(
            broadcast_id=broadcast_id,
            viewer_id=str(request.user.pk),
            first=wanted.validated_data["cursor"],
            limit=wanted.validated_data["limit"],
            session=getattr(request.user, "session", ""),
        )
        return Response(shapes.SegmentPageOut(page, context={"request": request}).data)


class OneRecording(APIView):
    @extend_schema(responses=shapes.RecordingOut)
    def get(self, request: Request, recording_id: str) -> Response:
        found = streams.watch_recording(recording_id=recording_id, viewer_id=str(request.user.pk))
        return Response(shapes.RecordingOut(found).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, recording_id: str) -> Response:
        """Remove a recording of one's own, with its clips and renditions, for good."""
        streams.remove_own_recording(recording_id=recording_id, by=str(request.user.pk))
        return Response(status=204)
