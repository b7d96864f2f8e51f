"""The calls under /api/v2.0."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.ledger import Control, note
from sandbox.refusals import Refusal
from sandbox.standin import unknown_parameters
from sandbox.wowza_video.cloud import FIELDS, MAX_NAME, NEEDED, Cloud, LiveStream

BASE = "/api/v2.0"
STREAMS = f"{BASE}/live_streams"
STREAM = STREAMS + "/{stream}"
MAX_PER_PAGE = 100
TITLES = {
    401: ("ERR-401-InvalidToken", "Invalid Token Error"),
    404: ("ERR-404-RecordNotFound", "Record Not Found Error"),
    405: ("ERR-405-MethodNotAllowed", "Method Not Allowed Error"),
    409: ("ERR-409-RecordLimitReached", "Record Limit Reached Error"),
    422: ("ERR-422-RecordInvalid", "Record Invalid Error"),
}


def cloud_error(status: int, message: str, code: str = "") -> Refusal:
    known, title = TITLES[status]
    code = code or known
    meta = {
        "status": status,
        "code": code,
        "title": title,
        "message": message,
        "description": "",
        "links": [],
    }
    return Refusal(status, code, {"meta": meta})


@dataclass(frozen=True, slots=True)
class VideoCalls:
    """Every call needs the account's token."""

    cloud: Cloud
    token: str

    def routes(self) -> list[BaseRoute]:
        table: list[
            tuple[str, str, str, Callable[[Request], Awaitable[Response]], Collection[str]]
        ]
        pages = ("page", "per_page", "filter")
        table = [
            ("GET", STREAMS, "list live streams", self.list_streams, pages),
            ("POST", STREAMS, "create live stream", self.create, ()),
            ("GET", STREAM, "read live stream", self.read, ()),
            ("PATCH", STREAM, "update live stream", self.update, ()),
            ("DELETE", STREAM, "delete live stream", self.delete, ()),
            ("GET", STREAM + "/state", "read state", self.state, ()),
            ("PUT", STREAM + "/start", "start", self.start, ()),
            ("PUT", STREAM + "/stop", "stop", self.stop, ()),
            (
                "GET",
                BASE + "/analytics/ingest/live_streams/{stream}",
                "ingest analytics",
                self.ingest,
                (),
            ),
            ("GET", f"{BASE}/videos", "list videos", self.list_videos, pages),
        ]
        routes = [
            Route(path, self._guard(verb, call, known), methods=[method])
            for method, path, verb, call, known in table
        ]
        return [*routes, Route("/download/{video}", self.download)]

    def _guard(
        self, verb: str, call: Callable[[Request], Awaitable[Response]], known: Collection[str]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            note(request.scope, Control(action=verb, stream=request.path_params.get("stream")))
            said = request.headers.get("authorization", "")
            if not hmac.compare_digest(said.encode(), f"Bearer {self.token}".encode()):
                raise cloud_error(401, "The token is not valid.")
            if unknown_parameters(request, known):
                raise cloud_error(422, "Unknown query parameter")
            return await call(request)

        return guarded

    async def list_streams(self, request: Request) -> Response:
        listed = [one.document(_origin(request)) for one in self.cloud.streams.values()]
        return JSONResponse({"live_streams": _page(request, listed)})

    async def create(self, request: Request) -> Response:
        told = await _told(request)
        missing = [name for name in NEEDED if not told.get(name)]
        if missing or len(str(told["name"])) > MAX_NAME:
            raise cloud_error(422, f"{', '.join(missing) or 'name'} is invalid")
        if not self.cloud.may_create():
            raise cloud_error(409, "You have reached the limit of live streams. limit reached")
        made = self.cloud.create(told)
        return JSONResponse({"live_stream": made.document(_origin(request))}, 201)

    async def read(self, request: Request) -> Response:
        return JSONResponse({"live_stream": self._stream(request).document(_origin(request))})

    async def update(self, request: Request) -> Response:
        stream = self._stream(request)
        stream.told.update(await _told(request))
        return JSONResponse({"live_stream": stream.document(_origin(request))})

    async def delete(self, request: Request) -> Response:
        del self.cloud.streams[self._stream(request).id]
        return Response(status_code=204)

    async def state(self, request: Request) -> Response:
        stream = self._stream(request)
        address = "192.0.2.7" if stream.settle() == "started" else "0.0.0.0"  # noqa: S104
        return JSONResponse({"live_stream": {"ip_address": address, "state": stream.state}})

    async def start(self, request: Request) -> Response:
        return self._change(request, "stopped", "starting")

    async def stop(self, request: Request) -> Response:
        answer = self._change(request, "started", "stopping")
        self.cloud.end_publishing(self._stream(request))
        return answer

    async def ingest(self, request: Request) -> Response:
        stream = self._stream(request)
        is_on = stream.published_at is not None
        values = {
            "connected": ("Yes" if is_on else "No", ""),
            "bits_in_rate": (2_500, "Kbps"),
            "frame_rate": (30, "FPS"),
            "keyframe_interval": (60, "GOP"),
            "width": (1280, ""),
            "height": (720, ""),
        }
        told = {
            name: {
                "status": "normal" if is_on else "no_data",
                "text": "",
                "units": units,
                "value": value if is_on or name == "connected" else None,
            }
            for name, (value, units) in values.items()
        }
        return JSONResponse({"live_stream": told})

    async def list_videos(self, request: Request) -> Response:
        listed = [
            {**video, "download_url": f"{_origin(request)}/download/{video_id}"}
            for video_id, video in self.cloud.videos.items()
        ]
        return JSONResponse({"videos": _page(request, listed)})

    async def download(self, request: Request) -> Response:
        body = self.cloud.files.get(request.path_params["video"])
        return Response(status_code=404) if body is None else Response(body)

    def _change(self, request: Request, before: str, during: str) -> Response:
        stream = self._stream(request)
        if stream.state != before:
            raise cloud_error(
                422, f"The live stream is {stream.state}.", "ERR-422-InvalidStateChange"
            )
        stream.state, stream.polls = during, self.cloud.changes_take
        return JSONResponse({"live_stream": {"state": stream.state}})

    def _stream(self, request: Request) -> LiveStream:
        stream = self.cloud.streams.get(request.path_params["stream"])
        if stream is None:
            raise cloud_error(404, "The requested resource couldn't be found.")
        return stream


def _origin(request: Request) -> str:
    return f"http://{request.headers['host']}"


def _page(request: Request, listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    asked = [request.query_params.get(name, "") for name in ("page", "per_page")]
    page, size = (
        int(text) if text.isdigit() else default
        for text, default in zip(asked, (1, 25), strict=True)
    )
    size = max(1, min(size, MAX_PER_PAGE))
    return listed[(max(page, 1) - 1) * size :][:size]


async def _told(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError as bad:
        raise cloud_error(422, "The body is not JSON.") from bad
    told = body.get("live_stream") if isinstance(body, dict) else None
    if not isinstance(told, dict) or not set(told) <= FIELDS:
        raise cloud_error(422, "The body holds no live_stream of known fields.")
    return told
