"""Broadcasts over HTTP."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.streams import public as streams
from apps.streams.api.serializers import broadcasts as shapes
from apps.streams.contracts import BroadcastChanges
from kit.pages import PageRequest


class Broadcasts(APIView):
    @extend_schema(request=shapes.CreateBroadcastIn, responses={201: shapes.NewBroadcastOut})
    def post(self, request: Request) -> Response:
        """Open a broadcast; answers where to publish, and the key this once."""
        wanted = shapes.CreateBroadcastIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        creator_id = str(request.user.pk)
        draft = streams.make_draft(creator_id=creator_id, wanted=wanted.validated_data)
        made = streams.create_broadcast(creator_id=creator_id, draft=draft)
        return Response(shapes.NewBroadcastOut(made).data, status=201)

    @extend_schema(parameters=[shapes.ListBroadcastsIn], responses=shapes.BroadcastPageOut)
    def get(self, request: Request) -> Response:
        wanted = shapes.ListBroadcastsIn(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        page = streams.list_broadcasts(
            status=wanted.validated_data["status"],
            creator_id=wanted.validated_data["creator"],
            viewer_id=str(request.user.pk),
            page=PageRequest.read(request.query_params.dict()),
        )
        return Response(shapes.BroadcastPageOut(page).data)


class OneBroadcast(APIView):
    @extend_schema(responses=shapes.BroadcastOut)
    def get(self, request: Request, broadcast_id: str) -> Response:
        found = streams.get_broadcast(broadcast_id=broadcast_id, viewer_id=str(request.user.pk))
        return Response(shapes.BroadcastOut(streams.with_viewers(found)).data)

    @extend_schema(request=shapes.ChangeBroadcastIn, responses=shapes.BroadcastOut)
    def patch(self, request: Request, broadcast_id: str) -> Response:
        """Change how it is shown, or before it goes on air when it starts."""
        wanted = shapes.ChangeBroadcastIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        changed = streams.change_broadcast(
            broadcast_id=broadcast_id,
            by=str(request.user.pk),
            changes=BroadcastChanges(**wanted.validated_data),
        )
        return Response(shapes.BroadcastOut(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, broadcast_id: str) -> Response:
        """Cancel it before it goes on air; take it off the air and out of sight otherwise."""
        streams.delete_own_broadcast(broadcast_id=broadcast_id, by=str(request.user.pk))
        return Response(status=204)


class EndBroadcast(APIView):
    @extend_schema(request=None, responses=shapes.BroadcastOut)
    def post(self, request: Request, broadcast_id: str) -> Response:
        """Take it off the air, or cancel it before its first picture."""
        ended = streams.end_own_broadcast(broadcast_id=broadcast_id, by=str(request.user.pk))
        return Response(shapes.BroadcastOut(ended).data)


class RotateKey(APIView):
    @extend_schema(request=None, responses={201: shapes.NewBroadcastOut})
    def post(self, request: Request, broadcast_id: str) -> Response:
        """Revoke every key, cut what publishes with them, and answer a new one."""
        made = streams.rotate_key(broadcast_id=broadcast_id, by=str(request.user.pk))
        return Response(shapes.NewBroadcastOut(made).data, status=201)
