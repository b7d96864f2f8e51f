"""Files below a signed address: playlists, segments, recordings; the token is the permission."""

from __future__ import annotations

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.streams import public as streams
from kit import files


@extend_schema(exclude=True)
class Play(APIView):
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def get(self, request: Request, token: str, name: str) -> HttpResponseBase:
        found = streams.find_playback_file(token=token, name=name)
        plain = request._request  # noqa: SLF001 (files answer Django's own request)
        if found.stored:
            return files.serve_stored(plain, found.stored, content_type=found.content_type)
        if found.path is not None and found.is_immutable:
            return files.serve_path(plain, found.path, content_type=found.content_type)
        body = found.path.read_bytes() if found.path else b""
        answer = HttpResponse(body + found.tail, content_type=found.content_type)
        answer.headers["Cache-Control"] = "no-cache"
        return answer
