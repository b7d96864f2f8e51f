"""HTTP in, one call through the door, HTTP out."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.moderation import public as moderation
from apps.moderation.api.serializers import ReportIn, ReportOut


class Reports(APIView):
    """What people tell staff of others."""

    @extend_schema(operation_id="report", request=ReportIn, responses={201: ReportOut})
    def post(self, request: Request) -> Response:
        wanted = ReportIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        made = moderation.report(reporter_id=str(request.user.pk), **wanted.validated_data)
        return Response(ReportOut(made).data, status=201)
