"""Watch analytics and ingest health over HTTP."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.streams import public as streams
from apps.streams.api.serializers import analytics as shapes
from apps.streams.contracts import WatchSpan


class BroadcastAnalytics(APIView):
    @extend_schema(parameters=[shapes.AnalyticsIn], responses=shapes.AnalyticsOut)
    def get(self, request: Request, broadcast_id: str) -> Response:
        """Tell its creator how a broadcast was watched, until a quarter of a minute ago."""
        wanted = shapes.AnalyticsIn(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        asked = wanted.validated_data
        found = streams.get_analytics(
            broadcast_id=broadcast_id,
            by=str(request.user.pk),
            wanted=WatchSpan(
                since=asked["from"], until=asked["to"], resolution=asked["resolution"]
            ),
        )
        return Response(shapes.AnalyticsOut(found).data)


class BroadcastHealth(APIView):
    @extend_schema(responses=shapes.IngestHealthOut)
    def get(self, request: Request, broadcast_id: str) -> Response:
        """Tell its creator what arrives of the encoder, and what to mend."""
        found = streams.get_health(broadcast_id=broadcast_id, by=str(request.user.pk))
        return Response(shapes.IngestHealthOut(found).data)


class OwnAnalytics(APIView):
    @extend_schema(parameters=[shapes.OwnAnalyticsIn], responses=shapes.CreatorAnalyticsOut)
    def get(self, request: Request) -> Response:
        """Add up what a creator's broadcasts were watched, day by day (UTC)."""
        wanted = shapes.OwnAnalyticsIn(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        found = streams.get_creator_analytics(
            creator_id=str(request.user.pk),
            since=wanted.validated_data["from"],
            until=wanted.validated_data["to"],
        )
        return Response(shapes.CreatorAnalyticsOut(found).data)
