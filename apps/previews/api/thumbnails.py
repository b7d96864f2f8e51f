"""The HTTP verbs of a creator's own poster, of a broadcast and of a recording alike."""

from __future__ import annotations

from typing import Final

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT
from rest_framework.views import APIView

from apps.previews import public as previews
from apps.previews import tasks
from apps.previews.api.serializers.thumbnails import (
    ChooseCandidateIn,
    ThumbnailOut,
    UploadThumbnailIn,
)
from apps.previews.contracts import Subject
from apps.previews.errors import TooLarge
from kit import scratch
from kit.tasks import nudge

# Boundaries and headers of a multipart body.
AROUND_BYTES: Final = 64 * 1024
_BODIES: Final = {
    "application/json": ChooseCandidateIn,
    "multipart/form-data": UploadThumbnailIn,
}


class BroadcastThumbnail(APIView):
    """Three verbs of one address."""

    permission_classes = [IsAuthenticated]
    parser_classes = [JSONParser, MultiPartParser]

    @extend_schema(responses=ThumbnailOut, tags=["broadcasts"])
    def get(self, request: Request, broadcast_id: str) -> Response:
        """Return what the creator chose, how far it is made, and what may be chosen."""
        return _shown(request, Subject.BROADCAST, broadcast_id)

    @extend_schema(request=_BODIES, responses={202: ThumbnailOut}, tags=["broadcasts"])
    def put(self, request: Request, broadcast_id: str) -> Response:
        """Choose a candidate (JSON) or send a picture (multipart); shown once it is made.

        The recording of the broadcast shows it too, unless it has a choice of its own.
        """
        return _chosen(request, Subject.BROADCAST, broadcast_id)

    @extend_schema(responses={204: None}, tags=["broadcasts"])
    def delete(self, request: Request, broadcast_id: str) -> Response:
        """Leave the poster to the engine again."""
        return _reset(request, Subject.BROADCAST, broadcast_id)


class RecordingThumbnail(APIView):
    """Three verbs of one address."""

    permission_classes = [IsAuthenticated]
    parser_classes = [JSONParser, MultiPartParser]

    @extend_schema(responses=ThumbnailOut, tags=["recordings"])
    def get(self, request: Request, recording_id: str) -> Response:
        """Return what the creator chose, how far it is made, and what may be chosen."""
        return _shown(request, Subject.RECORDING, recording_id)

    @extend_schema(request=_BODIES, responses={202: ThumbnailOut}, tags=["recordings"])
    def put(self, request: Request, recording_id: str) -> Response:
        """Choose a candidate (JSON) or send a picture (multipart); shown once it is made."""
        return _chosen(request, Subject.RECORDING, recording_id)

    @extend_schema(responses={204: None}, tags=["recordings"])
    def delete(self, request: Request, recording_id: str) -> Response:
        """Leave the poster to the engine again."""
        return _reset(request, Subject.RECORDING, recording_id)


def _shown(request: Request, subject: Subject, subject_id: str, status: int = 200) -> Response:
    by = str(request.user.pk)
    found = previews.get_thumbnail(subject=subject, subject_id=subject_id, by=by)
    return Response(ThumbnailOut(found).data, status=status)


def _chosen(request: Request, subject: Subject, subject_id: str) -> Response:
    _refuse_before_it_is_read(request)
    is_upload = str(request.content_type).startswith("multipart/")
    choose = _upload if is_upload else _choose
    nudge(tasks.make_thumbnail, choice=choose(request, subject, subject_id))
    return _shown(request, subject, subject_id, HTTP_202_ACCEPTED)


def _refuse_before_it_is_read(request: Request) -> None:
    """Go by what the client says it sends: Django keeps a body of any size, and then we look.

    Without a length there is no body for Django, and it reads no further than the length.
    """
    said = str(request.META.get("CONTENT_LENGTH") or "0")
    most = previews.MAX_UPLOAD_BYTES + AROUND_BYTES
    if said.isdecimal() and int(said) > most:
        raise TooLarge(detail=f"{said} bytes, and {previews.MAX_UPLOAD_BYTES} are taken")


def _reset(request: Request, subject: Subject, subject_id: str) -> Response:
    previews.reset_thumbnail(subject=subject, subject_id=subject_id, by=str(request.user.pk))
    return Response(status=HTTP_204_NO_CONTENT)


def _choose(request: Request, subject: Subject, subject_id: str) -> str:
    body = ChooseCandidateIn(data=request.data)
    body.is_valid(raise_exception=True)
    return previews.choose_candidate(
        subject=subject,
        subject_id=subject_id,
        candidate=body.validated_data["candidate"],
        by=str(request.user.pk),
    )


def _upload(request: Request, subject: Subject, subject_id: str) -> str:
    body = UploadThumbnailIn(data=request.data)
    body.is_valid(raise_exception=True)
    sent: UploadedFile[bytes] = body.validated_data["image"]
    if (sent.size or 0) > previews.MAX_UPLOAD_BYTES:
        raise TooLarge(detail=f"{sent.size} bytes, and {previews.MAX_UPLOAD_BYTES} are taken")
    with scratch.folder("upload") as folder:
        picture = folder / "picture"
        with picture.open("wb") as file:
            for chunk in sent.chunks():
                file.write(chunk)
        return previews.upload_thumbnail(
            subject=subject, subject_id=subject_id, picture=picture, by=str(request.user.pk)
        )
