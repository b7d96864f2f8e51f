"""A channel's stream keys over HTTP. A secret is told once, when its key is made."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.streams import public as streams
from apps.streams.api.serializers import keys as shapes
from kit.pages import PageRequest


class ChannelKeys(APIView):
    @extend_schema(parameters=[shapes.ListKeysIn], responses=shapes.KeyPageOut)
    def get(self, request: Request) -> Response:
        """List the valid keys of your channel, newest first, without their secrets."""
        page = streams.list_channel_keys(
            creator_id=str(request.user.pk), page=PageRequest.read(request.query_params.dict())
        )
        return Response(shapes.KeyPageOut(page).data)

    @extend_schema(request=shapes.MakeKeyIn, responses={201: shapes.NewKeyOut})
    def post(self, request: Request) -> Response:
        """Make a key for whatever your channel broadcasts; answers its secret this once."""
        wanted = shapes.MakeKeyIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        made = streams.make_channel_key(
            creator_id=str(request.user.pk), label=wanted.validated_data["label"]
        )
        return Response(shapes.NewKeyOut(made).data, status=201)


class OneChannelKey(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, key_id: str) -> Response:
        """Revoke a key, and cut what publishes with it."""
        streams.revoke_channel_key(creator_id=str(request.user.pk), key_id=key_id)
        return Response(status=204)


class RotateChannelKey(APIView):
    @extend_schema(request=None, responses={201: shapes.NewKeyOut})
    def post(self, request: Request, key_id: str) -> Response:
        """Replace a key by one of the same label, and cut what publishes with it."""
        made = streams.rotate_channel_key(creator_id=str(request.user.pk), key_id=key_id)
        return Response(shapes.NewKeyOut(made).data, status=201)
