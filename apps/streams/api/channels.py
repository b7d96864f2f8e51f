"""Your channel over HTTP: what every broadcast of yours is like unless it says otherwise."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.streams import public as streams
from apps.streams.api.serializers import channels as shapes


class OwnChannel(APIView):
    @extend_schema(responses=shapes.ChannelOut)
    def get(self, request: Request) -> Response:
        """Answer your channel's settings, its limits and what it used of its month."""
        found = streams.get_channel(creator_id=str(request.user.pk))
        return Response(shapes.ChannelOut(found).data)

    @extend_schema(request=shapes.ChangeChannelIn, responses=shapes.ChannelOut)
    def patch(self, request: Request) -> Response:
        """Change some settings; null is the operator's default."""
        wanted = shapes.ChangeChannelIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        changed = streams.change_channel(
            creator_id=str(request.user.pk), changes=wanted.validated_data
        )
        return Response(shapes.ChannelOut(changed).data)
