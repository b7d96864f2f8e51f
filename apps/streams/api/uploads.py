"""Finished videos from phones, over tus: a phone that was cut off asks how far it came."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from apps.streams import public as streams
from apps.streams import tasks
from apps.streams.api import tus
from apps.streams.api.serializers import uploads as shapes
from apps.streams.contracts import UploadDraft, UploadSummary
from kit.pages import PageRequest
from kit.tasks import nudge

UNVERSIONED = frozenset({"GET", "OPTIONS"})  # theirs: ours to read, and the protocol's own


def _header(name: str, *, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, required=required)


VERSION = _header("Tus-Resumable", required=True)
CHECKSUM = _header("Upload-Checksum")


class TusView(APIView):
    """Says its version with every answer, refusals too."""

    @override
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method not in UNVERSIONED:
            tus.refuse_other_versions(request)

    @override
    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response.headers["Tus-Resumable"] = tus.VERSION
        if response.status_code == tus.VersionWrong.status_code:
            response.headers["Tus-Version"] = tus.VERSION
        return super().finalize_response(request, response, *args, **kwargs)

    @override
    @extend_schema(exclude=True)
    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        return tus.describe(streams.max_upload_bytes())


class Uploads(TusView):
    @extend_schema(
        request={tus.PIECE: bytes},
        parameters=[
            VERSION,
            _header("Upload-Length", required=True),
            _header("Upload-Metadata"),
            CHECKSUM,
        ],
        responses={201: shapes.UploadOut},
    )
    def post(self, request: Request) -> Response:
        """Open an upload (tus creation). Metadata: filename, title, visibility, sha256 (hex)."""
        length = tus.read_number(request, "Upload-Length")
        if length > streams.max_upload_bytes():
            raise tus.LengthTooLarge
        wanted = shapes.CreateUploadIn(data={**tus.read_metadata(request), "length_bytes": length})
        wanted.is_valid(raise_exception=True)
        if tus.has_piece(request):
            tus.refuse_beyond(request, length)
        draft = UploadDraft(**wanted.validated_data)
        made = streams.create_upload(creator_id=str(request.user.pk), draft=draft)
        if tus.has_piece(request):
            made = _append(request, made.id, offset=0)
        where = reverse("upload", args=[made.id])
        headers = {**tus.headers_of(made), "Location": request.build_absolute_uri(where)}
        return Response(shapes.UploadOut(made).data, status=201, headers=headers)

    @extend_schema(responses=shapes.UploadPageOut)
    def get(self, request: Request) -> Response:
        """List one's own, the newest first."""
        page = streams.list_uploads(
            creator_id=str(request.user.pk), page=PageRequest.read(request.query_params.dict())
        )
        return Response(shapes.UploadPageOut(page).data)


class OneUpload(TusView):
    @extend_schema(responses=shapes.UploadOut)
    def get(self, request: Request, upload_id: str) -> Response:
        """Answer how far it came, and what became of it."""
        found = streams.get_own_upload(upload_id=upload_id, by=str(request.user.pk))
        return Response(shapes.UploadOut(found).data)

    @extend_schema(exclude=True)
    def head(self, request: Request, upload_id: str) -> Response:
        """Answer the offset to go on from (tus core)."""
        found = streams.resume_upload(upload_id=upload_id, by=str(request.user.pk))
        _have_checked(found)
        return Response(headers=tus.headers_of(found))

    @extend_schema(
        request={tus.PIECE: bytes},
        parameters=[VERSION, _header("Upload-Offset", required=True), CHECKSUM],
        responses={204: None},
    )
    def patch(self, request: Request, upload_id: str) -> Response:
        """Add a piece at an offset (tus core); what arrived of one that was cut is kept."""
        offset = tus.read_number(request, "Upload-Offset")
        found = _append(request, upload_id, offset=offset)
        return Response(status=204, headers=tus.headers_of(found))

    @extend_schema(parameters=[VERSION], responses={204: None})
    def delete(self, request: Request, upload_id: str) -> Response:
        """Give it up (tus termination)."""
        streams.cancel_own_upload(upload_id=upload_id, by=str(request.user.pk))
        return Response(status=204)


def _append(request: Request, upload_id: str, *, offset: int) -> UploadSummary:
    by = str(request.user.pk)
    tus.refuse_beyond(request, streams.left_of_upload(upload_id=upload_id, by=by, offset=offset))
    with tus.piece(request, within_s=streams.longest_piece_s()) as blocks:
        found = streams.append_to_upload(upload_id=upload_id, by=by, offset=offset, blocks=blocks)
    _have_checked(found)
    return found


def _have_checked(found: UploadSummary) -> None:
    if found.state == "checking":
        nudge(tasks.check_upload, upload_id=found.id)
