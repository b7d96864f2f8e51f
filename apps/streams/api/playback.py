"""Signed addresses, and the files below them; there the token is the permission."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from apps.streams import public as streams
from apps.streams.api.serializers.playback import PlaybackOut
from kit import files

# A refusal must reach a player with its next playlist. Segments may be kept by whoever has seen
# them, never by a cache in between: it would answer without asking us.
NEVER: Final = "private, no-cache"
SHORTLY: Final = "private, max-age=300, immutable"


class GetPlayback(APIView):
    @extend_schema(responses=PlaybackOut)
    def get(self, request: Request, broadcast_id: str) -> Response:
        """Answer a signed address: HLS while on air, the recording as MP4 afterwards.

        `dvr_url` plays everything since the first picture, `hls_url` the recording's renditions;
        each is empty where there is no such thing.
        """
        found = streams.make_playback(
            broadcast_id=broadcast_id,
            viewer_id=str(request.user.pk),
            session=getattr(request.user, "session", ""),
        )
        return Response(
            PlaybackOut(found, context={"request": request}).data
            | {"url": request.build_absolute_uri(found.url)}
        )


class NoNegotiation(BaseContentNegotiation):
    """A player that accepts video only gets its file, and a refusal as JSON, never a 406."""

    @override
    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type


@extend_schema(exclude=True)
class Play(APIView):
    content_negotiation_class = NoNegotiation
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def get(self, request: Request, token: str, name: str) -> HttpResponseBase:
        found = streams.find_playback_file(token=token, name=name)
        plain = request._request  # noqa: SLF001 (files answer Django's own request)
        if found.stored:
            return files.serve_stored(plain, found.stored, content_type=found.content_type)
        if found.path is not None:
            return files.serve_path(
                plain, found.path, content_type=found.content_type, cache_control=SHORTLY
            )
        answer = HttpResponse(found.body, content_type=found.content_type)
        answer.headers["Cache-Control"] = NEVER
        return answer
