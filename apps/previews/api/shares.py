"""The HTTP verbs of clips to be shared: ask, look, stop, delete."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT
from rest_framework.views import APIView

from apps.previews import public as previews
from apps.previews import tasks
from apps.previews.api.serializers.shares import ShareOut, SharePageOut, ShareRecordingIn
from kit.pages import PageRequest
from kit.tasks import nudge


class RecordingShares(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(request=ShareRecordingIn, responses={202: ShareOut}, tags=["recordings"])
    def post(self, request: Request, recording_id: str) -> Response:
        """Have a part of one's own recording composed into a clip for other places."""
        body = ShareRecordingIn(data=request.data)
        body.is_valid(raise_exception=True)
        made = previews.share_recording(
            recording_id=recording_id, by=str(request.user.pk), **body.validated_data
        )
        nudge(tasks.compose_share, share_id=made.id)
        return Response(ShareOut(made).data, status=HTTP_202_ACCEPTED)

    @extend_schema(responses=SharePageOut, tags=["recordings"])
    def get(self, request: Request, recording_id: str) -> Response:
        """List the shared clips of one's own recording, newest first."""
        page = previews.list_own_shares(
            recording_id=recording_id,
            by=str(request.user.pk),
            page=PageRequest.read(request.query_params.dict()),
        )
        return Response(SharePageOut(page).data)


class OneShare(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(responses=ShareOut, tags=["recordings"])
    def get(self, request: Request, share_id: str) -> Response:
        """Return one's own shared clip, or how far its making is."""
        found = previews.get_own_share(share_id=share_id, by=str(request.user.pk))
        return Response(ShareOut(found).data)

    @extend_schema(responses={204: None}, tags=["recordings"])
    def delete(self, request: Request, share_id: str) -> Response:
        """Delete one's own shared clip, also while it is made."""
        previews.remove_own_share(share_id=share_id, by=str(request.user.pk))
        return Response(status=HTTP_204_NO_CONTENT)


class CancelShare(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(request=None, responses=ShareOut, tags=["recordings"])
    def post(self, request: Request, share_id: str) -> Response:
        """Stop the making of one's own shared clip."""
        found = previews.cancel_own_share(share_id=share_id, by=str(request.user.pk))
        return Response(ShareOut(found).data)
