"""Routes of the YouTube Data API, and the orders its stand-in takes."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.control import BadOrder, order
from sandbox.google.grants import Grants
from sandbox.youtube.channel import YouTube
from sandbox.youtube.reads import Reads
from sandbox.youtube.uploads import Uploads

_UPLOAD = "/upload/youtube/v3/videos"


def youtube_routes(youtube: YouTube, grants: Grants) -> list[BaseRoute]:
    reads = Reads(youtube, grants)
    uploads = Uploads(youtube, grants, youtube.discovery.validator("Video"))
    return [
        Route(_UPLOAD, uploads.start, methods=["POST"]),
        Route(_UPLOAD, uploads.proceed, methods=["PUT"]),
        # The discovery document's other spelling, which the Python client uses.
        Route(f"/resumable{_UPLOAD}", uploads.start, methods=["POST"]),
        Route(f"/resumable{_UPLOAD}", uploads.proceed, methods=["PUT"]),
        Route("/youtube/v3/videos", reads.videos, methods=["GET"]),
        Route("/youtube/v3/channels", reads.channels, methods=["GET"]),
    ]


def youtube_control(youtube: YouTube) -> list[BaseRoute]:
    async def quota(request: Request) -> Response:
        told = await order(request, uploads_left=int, units_left=int)
        youtube.quota.set(**told)
        return Response(status_code=204)

    async def processing(request: Request) -> Response:
        told = await order(request, polls=int, failure=(str, type(None)))
        youtube.polls_to_process = told.get("polls", youtube.polls_to_process)
        youtube.next_failure = told.get("failure", youtube.next_failure)
        reasons = youtube.discovery.schemas["VideoStatus"]["properties"]["failureReason"]["enum"]
        if youtube.next_failure not in {None, *reasons}:
            youtube.next_failure = None
            raise BadOrder(f"failure must be one of {', '.join(reasons)}")
        return Response(status_code=204)

    async def videos(_: Request) -> Response:
        return JSONResponse(
            [
                {
                    "id": video.id,
                    "account": video.account,
                    "size": video.size,
                    "sha256": video.sha256,
                    "file": str(youtube.directory / f"{video.id}.mp4"),
                }
                for video in youtube.videos.values()
            ]
        )

    return [
        Route("/_sandbox/quota", quota, methods=["POST"]),
        Route("/_sandbox/processing", processing, methods=["POST"]),
        Route("/_sandbox/videos", videos, methods=["GET"]),
    ]
