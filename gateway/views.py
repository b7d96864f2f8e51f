"""The gateway's own API views."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from gateway import home, home_cache
from gateway.serializers import HomeOut
from kit import hints


class Home(APIView):
    @extend_schema(
        operation_id="home",
        parameters=[
            OpenApiParameter(
                "quality",
                enum=hints.QUALITIES,
                description="Size of clips and posters; else Save-Data and client hints decide.",
            )
        ],
        responses={200: HomeOut, 304: OpenApiResponse(description="The ETag still holds.")},
    )
    def get(self, request: Request) -> HttpResponse:
        """Answer what is live, what comes, what was, and how much is unread."""
        viewer_id = str(request.user.pk)
        quality = hints.quality(request.META, request.query_params.get("quality", ""))
        feed = HomeOut(home.compose(viewer_id=viewer_id, quality=quality)).data
        # Bytes are kept, so they are rendered here: what is told again must be the same.
        entry = home_cache.keep(viewer_id, quality, JSONRenderer().render(feed))
        return home_cache.answer(entry, request.META.get("HTTP_IF_NONE_MATCH", ""))
