"""HLS as the Engine serves it: by alias, behind SecureToken, in segments of two seconds.

A playlist's name carries a session and the token it was asked with, and what it names does too;
each request is held against that token anew.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.wowza.engine import Application, Engine, Stream

SEGMENT_S: Final = 2
LISTED: Final = 3
PLAYLIST: Final = "application/vnd.apple.mpegurl"
BITRATE: Final = 3_128_000
OF: Final = rf"(?P<of>w\d+_b{BITRATE}_tk(?P<token>[\w-]*))"
CHUNKLIST: Final = re.compile(rf"chunklist_{OF}\.m3u8")
MEDIA: Final = re.compile(rf"media_{OF}_(?P<number>\d+)\.ts")


@dataclass(frozen=True, slots=True)
class Hls:
    """What viewers ask of the Engine."""

    engine: Engine

    def routes(self) -> list[Route]:
        return [
            Route("/{app}/{name}/playlist.m3u8", self.master),
            Route("/{app}/{name}/{child}", self.child),
        ]

    async def master(self, request: Request) -> Response:
        """Serve a master playlist of an alias whose stream publishes, to whoever has a token."""
        query = dict(request.query_params)
        found = self._find(request, query)
        if isinstance(found, int):
            return Response(status_code=found)
        token = base64.urlsafe_b64encode(request.url.query.encode()).decode().rstrip("=")
        child = f"chunklist_w{secrets.randbelow(10**9)}_b{BITRATE}_tk{token}.m3u8"
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-STREAM-INF:BANDWIDTH={BITRATE}", child]
        return Response("\n".join([*lines, ""]), media_type=PLAYLIST)

    async def child(self, request: Request) -> Response:
        """Serve what a master playlist named, and what that names, while its token lasts."""
        name = request.path_params["child"]
        listed, media = CHUNKLIST.fullmatch(name), MEDIA.fullmatch(name)
        asked = listed or media
        if asked is None:
            return Response(status_code=404)
        stream = self._find(request, _query_of(asked["token"]))
        if isinstance(stream, int):
            return Response(status_code=stream)
        end = 1 + int(stream.uptime_s / SEGMENT_S)
        first = max(end - LISTED, 0)
        if media:
            is_there = first <= int(media["number"]) < end
            return Response(stream.video if is_there else b"", 200 if is_there else 404)
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{SEGMENT_S}"]
        lines += [f"#EXT-X-MEDIA-SEQUENCE:{first}"]
        for number in range(first, end):
            lines += [f"#EXTINF:{SEGMENT_S}.0,", f"media_{asked['of']}_{number}.ts"]
        return Response("\n".join([*lines, ""]), media_type=PLAYLIST)

    def _find(self, request: Request, query: dict[str, str]) -> Stream | int:
        """Return the stream an alias stands for, or the status that says why not."""
        app = self.engine.applications.get(request.path_params["app"])
        name = request.path_params["name"]
        if app is None or not name.startswith("smil:"):
            return 404
        if not _is_signed(app, f"{app.config['name']}/{name}", query):
            return 403
        smil = app.smils.get(name.removeprefix("smil:").removesuffix(".smil"), {})
        sources = [row["src"] for row in smil.get("smilStreams", [])]
        return app.streams.get(sources[0], 404) if sources else 404


def _query_of(token: str) -> dict[str, str]:
    """Return the query a token was made of; of what is none, an empty one."""
    try:
        query = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except ValueError:
        return {}
    return dict(parse_qsl(query))


def _is_signed(app: Application, path: str, query: dict[str, str]) -> bool:
    security = app.security
    if not security["secureTokenVersion"]:
        return True
    prefix = security["secureTokenQueryParametersPrefix"]
    given = {name: value for name, value in query.items() if name.startswith(prefix)}
    said = given.pop(f"{prefix}hash", "")
    parts = [security["secureTokenSharedSecret"], *(f"{k}={v}" for k, v in given.items())]
    digest = hashlib.sha256(f"{path}?{'&'.join(sorted(parts))}".encode()).digest()
    right = base64.b64encode(digest).decode().replace("+", "-").replace("/", "_")
    starts, ends = given.get(f"{prefix}starttime", "0"), given.get(f"{prefix}endtime", "0")
    if not starts.isdigit() or not ends.isdigit():
        return False
    in_time = int(starts) <= time.time() <= int(ends)
    return hmac.compare_digest(said.encode(), right.encode()) and in_time
