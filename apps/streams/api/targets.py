"""Simulcast targets over HTTP."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.streams import public as streams
from apps.streams.api.serializers import targets as shapes
from apps.streams.contracts import TargetDraft


class Targets(APIView):
    @extend_schema(request=shapes.AddTargetIn, responses={201: shapes.TargetOut})
    def post(self, request: Request, broadcast_id: str) -> Response:
        """Send the broadcast on to a service while it is on air."""
        wanted = shapes.AddTargetIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        made = streams.add_target(
            broadcast_id=broadcast_id,
            by=str(request.user.pk),
            draft=TargetDraft(**wanted.validated_data),
        )
        return Response(shapes.TargetOut(made).data, status=201)

    @extend_schema(responses=shapes.TargetPageOut)
    def get(self, request: Request, broadcast_id: str) -> Response:
        """List every target; there are few, so `next` is null."""
        found = streams.list_targets(broadcast_id=broadcast_id, by=str(request.user.pk))
        return Response(shapes.TargetPageOut({"items": found, "next": None}).data)


class OneTarget(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, broadcast_id: str, target_id: str) -> Response:
        streams.remove_target(
            broadcast_id=broadcast_id, by=str(request.user.pk), target_id=target_id
        )
        return Response(status=204)
