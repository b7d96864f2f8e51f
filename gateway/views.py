"""The gateway's own API views."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from gateway import card_previews, home, home_cache
from gateway.serializers import CardPreviewsOut, HomeOut
from kit import hints

_QUALITY: Final = OpenApiParameter(
    "quality",
    enum=hints.QUALITIES,
    description="Size of clips and posters; else Save-Data and client hints decide.",
)
_SAME: Final = OpenApiResponse(description="The ETag still holds.")


class Home(APIView):
    @extend_schema(
        operation_id="home", parameters=[_QUALITY], responses={200: HomeOut, 304: _SAME}
    )
    def get(self, request: Request) -> HttpResponse:
        """Answer what is live, what comes, what was, and how much is unread."""
        viewer_id = str(request.user.pk)
        quality = hints.quality(request.META, request.query_params.get("quality", ""))
        feed = HomeOut(home.compose(viewer_id=viewer_id, quality=quality)).data
        # Bytes are kept, so they are rendered here: what is told again must be the same.
        entry = home_cache.keep(viewer_id, quality, JSONRenderer().render(feed))
        return home_cache.answer(entry, request.META.get("HTTP_IF_NONE_MATCH", ""))


class CardPreviews(APIView):
    @extend_schema(
        operation_id="card_previews",
        parameters=[
            *(
                OpenApiParameter(
                    field,
                    many=True,
                    description=f"Ids, repeated or separated by commas: {card_previews.MOST} of "
                    "broadcasts and recordings together at most.",
                )
                for field in ("broadcast", "recording")
            ),
            _QUALITY,
        ],
        responses={200: CardPreviewsOut, 304: _SAME},
    )
    def get(self, request: Request) -> HttpResponse:
        """Answer what cards show of broadcasts and recordings, as `home` has it.

        What is not there, or not for this viewer, is left out.
        """
        asked = card_previews.read(request.query_params)
        viewer_id = str(request.user.pk)
        quality = hints.quality(request.META, request.query_params.get("quality", ""))
        entry = home_cache.find(viewer_id, quality, asked.name)
        if entry is None:
            found = card_previews.compose(asked, viewer_id=viewer_id, quality=quality)
            body = JSONRenderer().render(CardPreviewsOut(found).data)
            entry = home_cache.keep(viewer_id, quality, body, asked.name)
        return home_cache.answer(entry, request.META.get("HTTP_IF_NONE_MATCH", ""))
