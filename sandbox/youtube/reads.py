"""videos.list and channels.list, and what every YouTube call checks first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.google.bearer import bearer
from sandbox.google.consent import SCOPE
from sandbox.google.errors import api_error
from sandbox.google.grants import Access, Grants
from sandbox.ledger import Read, note
from sandbox.standin import unknown_parameters
from sandbox.youtube.channel import Video, YouTube
from sandbox.youtube.resources import (
    CHANNEL_PARTS,
    VIDEO_PARTS,
    channel_resource,
    page,
    video_resource,
)

READ_SCOPES = tuple(
    f"{SCOPE}{name}" for name in ("youtube.readonly", "youtube", "youtube.force-ssl")
)
MAX_IDS = 50


@dataclass(frozen=True, slots=True)
class Reads:
    """The list methods; processing moves on with each look, so nobody waits for a clock."""

    youtube: YouTube
    grants: Grants

    async def videos(self, request: Request) -> Response:
        """GET /youtube/v3/videos: by id, up to 50."""
        access = self._enter(request, "youtube.videos.list")
        parts = named_parts(request, VIDEO_PARTS)
        ids = listed(request, "id")
        note(request.scope, Read(resource="videos", parts=parts, ids=ids))
        if not ids:
            raise api_error(
                400, "missingRequiredParameter", "No filter selected.", domain="youtube.parameter"
            )
        if len(ids) > MAX_IDS:
            raise api_error(400, "invalidFilters", "Too many ids.", domain="youtube.parameter")
        found = [self.youtube.videos[key] for key in ids if key in self.youtube.videos]
        shown = [video for video in found if self._may_see(video, access)]
        for video in shown:
            self._poll(video)
        items = [video_resource(video, parts) for video in shown]
        return JSONResponse(page("youtube#videoListResponse", items))

    async def channels(self, request: Request) -> Response:
        """GET /youtube/v3/channels: mine."""
        access = self._enter(request, "youtube.channels.list")
        parts = named_parts(request, CHANNEL_PARTS)
        note(request.scope, Read(resource="channels", parts=parts))
        if request.query_params.get("mine") != "true":
            raise api_error(
                400, "missingRequiredParameter", "No filter selected.", domain="youtube.parameter"
            )
        mine = sum(video.account == access.account for video in self.youtube.videos.values())
        items = [channel_resource(access.account, parts, mine)]
        return JSONResponse(page("youtube#channelListResponse", items))

    def _enter(self, request: Request, method: str) -> Access:
        access = bearer(request, self.grants, READ_SCOPES)
        known_only(request, self.youtube.discovery.known_parameters(method))
        if not self.youtube.quota.take_unit():
            raise quota_exceeded()
        return access

    def _may_see(self, video: Video, access: Access) -> bool:
        public = video.resource.get("status", {}).get("privacyStatus", "public") != "private"
        return video.account == access.account or (public and video.processed)

    def _poll(self, video: Video) -> None:
        """Processing moves one step per look, so a test needs no sleep."""
        if not video.processed:
            video.polls_left -= 1
            self.youtube.keep(video)


def named_parts(request: Request, known: Collection[str]) -> tuple[str, ...]:
    """The `part` parameter, judged.

    Raises:
        Refusal: 400 without it, or with a part that is not known here.

    """
    parts = listed(request, "part")
    if not parts:
        raise api_error(
            400,
            "missingRequiredParameter",
            "Required parameter 'part' is missing.",
            domain="youtube.parameter",
        )
    strange = [part for part in parts if part not in known]
    if strange:
        raise api_error(400, "unknownPart", f"'{strange[0]}'", domain="youtube.part")
    return parts


def listed(request: Request, name: str) -> tuple[str, ...]:
    """A list parameter: repeated, comma-separated, or both."""
    given = ",".join(request.query_params.getlist(name)).split(",")
    return tuple(item.strip() for item in given if item.strip())


def known_only(request: Request, known: Collection[str]) -> None:
    """Refuse a parameter the discovery document does not name."""
    extra = unknown_parameters(request, known)
    if extra:
        raise api_error(400, "unknownParameter", f"Unknown parameter '{extra[0]}'.")


def quota_exceeded() -> Exception:
    return api_error(
        403,
        "quotaExceeded",
        "The request cannot be completed because you have exceeded your quota.",
        domain="youtube.quota",
    )
