"""The HTTP verbs of previews."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.previews import public as previews
from apps.previews.api.serializers import PreviewOut


class GetBroadcastPreview(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses=PreviewOut, tags=["broadcasts"])
    def get(self, request: Request, broadcast_id: str) -> Response:
        """Return the preview of a broadcast: its recording's, or its live one before that."""
        found = previews.get_broadcast_preview(
            broadcast_id=broadcast_id, viewer_id=str(request.user.pk)
        )
        return Response(PreviewOut(found).data)
