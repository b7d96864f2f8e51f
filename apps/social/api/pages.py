"""The two pages browsers open: the end of a consent, and the player for WebViews."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from typing_extensions import override

from apps.social import public as social
from kit.problems import answer_for

_CONTENT_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
)
# The code in the address must reach nobody: not by Referer, not from a cache.
AFTER_CONSENT: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"{_CONTENT_POLICY}frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
# Without a Referer YouTube's player answers error 153, so Django's stricter default must not win.
PLAYER: Final = {
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": f"{_CONTENT_POLICY}frame-src https://www.youtube.com",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}


class PublicPage(APIView):
    """An HTML page for anyone; what goes wrong is a page too."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (TemplateHTMLRenderer,)
    error_template = "social/problem.html"

    @override
    def handle_exception(self, exc: Exception) -> Response:
        answer = answer_for(exc)
        if answer is None:
            raise exc
        problem: dict[str, Any] = answer.data
        return Response(
            problem,
            status=answer.status_code,
            template_name=self.error_template,
            headers=AFTER_CONSENT,
        )


class FinishConsent(PublicPage):
    """Where Google sends the creator's browser back to. The state proves who asked."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        query = request.query_params
        connection = social.finish_consent(
            state=query.get("state", ""),
            code=query.get("code", ""),
            refusal=query.get("error", "no-code"),
        )
        return Response(
            {"channel_title": connection.channel_title},
            template_name="social/connected.html",
            headers=AFTER_CONSENT,
        )


class Player(PublicPage):
    """The HTTPS page a native WebView loads: YouTube's player inside our origin."""

    @extend_schema(exclude=True)
    def get(self, _request: Request, video_id: str) -> Response:
        player = social.get_player(video_id=video_id)
        return Response({"player": player}, template_name="social/player.html", headers=PLAYER)
