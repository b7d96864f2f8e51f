"""The Google port: OAuth and the YouTube Data API together."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.control import BadOrder
from sandbox.credentials import Credentials
from sandbox.google.consent import Desk
from sandbox.google.errors import unknown
from sandbox.google.grants import Grants
from sandbox.google.tokens import Tokens
from sandbox.standin import StandIn
from sandbox.youtube.app import youtube_control, youtube_routes
from sandbox.youtube.channel import YouTube


def google(
    credentials: Credentials, grants: Grants, url: str, redirect_uris: Sequence[str] = ()
) -> StandIn:
    """Google at `url`. `redirect_uris` are the registered ones; none means loopback, any port."""
    desk = Desk(credentials, grants, redirect_uris)
    tokens = Tokens(credentials, grants, f"{url}/token")
    youtube = YouTube(credentials.directory / "youtube")

    async def forget(request: Request) -> Response:
        kind = request.query_params.get("kind", "")
        if kind not in {"access", "refresh"}:
            raise BadOrder("kind must be access or refresh")
        grants.forget(kind)
        return Response(status_code=204)

    return StandIn(
        name="google",
        forget=youtube.take_back_orders,
        unknown=unknown,
        routes=[
            Route("/o/oauth2/v2/auth", desk.show, methods=["GET"]),
            Route("/o/oauth2/v2/auth", desk.decide, methods=["POST"]),
            Route("/token", tokens.token, methods=["POST"]),
            Route("/revoke", tokens.revoke, methods=["POST"]),
            Route("/tokeninfo", tokens.tokeninfo, methods=["GET"]),
            *youtube_routes(youtube, grants),
        ],
        control=[
            Route("/_sandbox/grants", forget, methods=["DELETE"]),
            *youtube_control(youtube),
        ],
    )
