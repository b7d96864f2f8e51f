"""Clips over HTTP: asked for here, cut by a worker, watched below a signed address."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from apps.streams import public as streams
from apps.streams import tasks
from apps.streams.api.serializers import clips as shapes
from apps.streams.contracts import ClipDraft, ClipSummary
from kit.pages import Page, PageRequest
from kit.tasks import nudge


class RecordingClips(APIView):
    @extend_schema(request=shapes.ClipIn, responses={201: shapes.ClipOut})
    def post(self, request: Request, recording_id: str) -> Response:
        """Ask for a clip of a recording of one's own; it is `ready` a little later."""
        draft = _draft(shapes.ClipIn(data=request.data))
        made = streams.clip_recording(
            recording_id=recording_id, by=str(request.user.pk), draft=draft
        )
        return _asked(request, made)

    @extend_schema(responses=shapes.ClipPageOut)
    def get(self, request: Request, recording_id: str) -> Response:
        page = streams.list_clips_of_recording(
            recording_id=recording_id,
            viewer_id=str(request.user.pk),
            page=PageRequest.read(request.query_params.dict()),
            session=getattr(request.user, "session", ""),
        )
        return _listed(request, page)


class BroadcastClips(APIView):
    @extend_schema(request=shapes.LiveClipIn, responses={201: shapes.ClipOut})
    def post(self, request: Request, broadcast_id: str) -> Response:
        """Ask for the last seconds of a broadcast of one's own that is on air."""
        draft = _draft(shapes.LiveClipIn(data=request.data))
        made = streams.clip_broadcast(
            broadcast_id=broadcast_id, by=str(request.user.pk), draft=draft
        )
        return _asked(request, made)

    @extend_schema(responses=shapes.ClipPageOut)
    def get(self, request: Request, broadcast_id: str) -> Response:
        page = streams.list_clips_of_broadcast(
            broadcast_id=broadcast_id,
            viewer_id=str(request.user.pk),
            page=PageRequest.read(request.query_params.dict()),
            session=getattr(request.user, "session", ""),
        )
        return _listed(request, page)


class OneClip(APIView):
    @extend_schema(responses=shapes.ClipOut)
    def get(self, request: Request, clip_id: str) -> Response:
        found = streams.get_clip(
            clip_id=clip_id,
            viewer_id=str(request.user.pk),
            session=getattr(request.user, "session", ""),
        )
        return Response(shapes.ClipOut(found, context={"request": request}).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, clip_id: str) -> Response:
        streams.remove_clip(clip_id=clip_id, by=str(request.user.pk))
        return Response(status=204)


def _draft(wanted: Serializer[object]) -> ClipDraft:
    wanted.is_valid(raise_exception=True)
    return ClipDraft(**wanted.validated_data)


def _listed(request: Request, page: Page[ClipSummary]) -> Response:
    return Response(shapes.ClipPageOut(page, context={"request": request}).data)


def _asked(request: Request, made: ClipSummary) -> Response:
    nudge(tasks.make_clip, clip_id=made.id)
    return Response(shapes.ClipOut(made, context={"request": request}).data, status=201)
