"""Wowza Video beside the Engine on one port, and the hands of its encoders."""

from __future__ import annotations

import time
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.control import BadOrder, order
from sandbox.wowza_video.calls import VideoCalls
from sandbox.wowza_video.cloud import Cloud, LiveStream


def video_routes(cloud: Cloud, token: str) -> list[BaseRoute]:
    return VideoCalls(cloud, token).routes()


def video_control(cloud: Cloud) -> list[BaseRoute]:
    async def publish(request: Request) -> Response:
        """409 where the cloud refuses the encoder, as the body says."""
        told = await order(request, stream_name=str, user=str, password=str, video=str)
        stream = _named(cloud, told.get("stream_name", ""))
        if stream.state != "started":
            return JSONResponse({"error": f"the live stream is {stream.state}"}, status_code=409)
        wanted = stream.told.get("username"), stream.told.get("password")
        if wanted != (told.get("user"), told.get("password")):
            return JSONResponse({"error": "wrong user or password"}, status_code=409)
        stream.published_at = time.time()
        if video := told.get("video"):
            stream.video = Path(video).read_bytes()  # noqa: ASYNC240 (a few hundred kB)
        return Response(status_code=204)

    async def leave(request: Request) -> Response:
        cloud.end_publishing(_named(cloud, request.query_params.get("stream_name", "")))
        return Response(status_code=204)

    async def setting(request: Request) -> Response:
        told = await order(request, changes_take=int)
        cloud.changes_take = told.get("changes_take", 1)
        return Response(status_code=204)

    async def look(_: Request) -> Response:
        return JSONResponse({one.id: one.state for one in cloud.streams.values()})

    return [
        Route("/_sandbox/video-encoders", publish, methods=["POST"]),
        Route("/_sandbox/video-encoders", leave, methods=["DELETE"]),
        Route("/_sandbox/video-settings", setting, methods=["POST"]),
        Route("/_sandbox/video-streams", look, methods=["GET"]),
    ]


def _named(cloud: Cloud, stream_name: str) -> LiveStream:
    found = next((one for one in cloud.streams.values() if one.stream_name == stream_name), None)
    if found is None:
        raise BadOrder(f"no live stream takes {stream_name!r}")
    return found
