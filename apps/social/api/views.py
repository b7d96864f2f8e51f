"""HTTP in, one call through the door, HTTP out."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.social import public as social
from apps.social import tasks
from apps.social.api.serializers import (
    ConnectIn,
    ConnectionOut,
    ConsentPageOut,
    UploadIn,
    UploadOut,
    UploadPageOut,
)
from kit.pages import PageRequest
from kit.tasks import nudge


class Connection(APIView):
    """The caller's YouTube channel."""

    @extend_schema(
        operation_id="connect_youtube", request=ConnectIn, responses={201: ConsentPageOut}
    )
    def post(self, request: Request) -> Response:
        wanted = ConnectIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        page = social.begin_consent(user_id=_caller(request), wishes=wanted.validated_data)
        return Response(ConsentPageOut(page).data, status=201)

    @extend_schema(operation_id="get_youtube_connection", responses=ConnectionOut)
    def get(self, request: Request) -> Response:
        return Response(ConnectionOut(social.get_connection(user_id=_caller(request))).data)

    @extend_schema(operation_id="disconnect_youtube", responses={204: None})
    def delete(self, request: Request) -> Response:
        social.disconnect(user_id=_caller(request))
        nudge(tasks.revoke_grant, user_id=_caller(request))
        return Response(status=204)


class Uploads(APIView):
    """The caller's uploads."""

    @extend_schema(
        operation_id="list_youtube_uploads",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses=UploadPageOut,
    )
    def get(self, request: Request) -> Response:
        page = PageRequest.read(request.query_params.dict())
        found = social.list_uploads(user_id=_caller(request), page=page)
        return Response(UploadPageOut(found).data)

    @extend_schema(operation_id="upload_to_youtube", request=UploadIn, responses={202: UploadOut})
    def post(self, request: Request) -> Response:
        wanted = UploadIn(data=request.data)
        wanted.is_valid(raise_exception=True)
        wishes = dict(wanted.validated_data)
        upload = social.request_upload(
            user_id=_caller(request), recording_id=wishes.pop("recording_id"), wishes=wishes
        )
        nudge(tasks.upload_video, upload_id=upload.id)
        return Response(UploadOut(upload).data, status=202)


class Upload(APIView):
    """One of the caller's uploads."""

    @extend_schema(operation_id="get_youtube_upload", responses=UploadOut)
    def get(self, request: Request, upload_id: str) -> Response:
        found = social.get_upload(upload_id=upload_id, user_id=_caller(request))
        return Response(UploadOut(found).data)


class CancelUpload(APIView):
    @extend_schema(operation_id="cancel_youtube_upload", request=None, responses=UploadOut)
    def post(self, request: Request, upload_id: str) -> Response:
        cancelled = social.cancel_upload(upload_id=upload_id, user_id=_caller(request))
        return Response(UploadOut(cancelled).data)


def _caller(request: Request) -> str:
    return str(request.user.pk)
