"""YouTube's resources as it answers them; each fits the discovery document's schema."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

from sandbox.youtube.channel import Video, channel_id

VIDEO_PARTS = frozenset(
    {
        "id",
        "snippet",
        "status",
        "contentDetails",
        "processingDetails",
        "statistics",
        "recordingDetails",
        "localizations",
        "paidProductPlacementDetails",
    }
)
CHANNEL_PARTS = frozenset({"id", "snippet", "contentDetails", "statistics", "status"})

_THUMBNAILS = {"default": (120, 90), "medium": (320, 180), "high": (480, 360)}


def video_resource(video: Video, parts: Collection[str]) -> dict[str, Any]:
    """One video, the named parts of it."""
    known = {
        "snippet": _snippet(video),
        "status": _status(video),
        "contentDetails": {
            "duration": video.duration if video.processed else "P0D",
            "dimension": "2d",
            "definition": "hd",
            "caption": "false",
            "licensedContent": False,
            "projection": "rectangular",
        },
        "processingDetails": _processing(video),
        "statistics": {"viewCount": "0", "likeCount": "0", "commentCount": "0"},
    }
    written = {part: content for part, content in video.resource.items() if part not in known}
    shown = {part: content for part, content in (known | written).items() if part in parts}
    return {"kind": "youtube#video", "etag": _etag(video), "id": video.id, **shown}


def channel_resource(account: str, parts: Collection[str], videos: int) -> dict[str, Any]:
    """The channel of an account, the named parts of it."""
    name = account.partition("@")[0].capitalize()
    identifier = channel_id(account)
    known: dict[str, Any] = {
        "snippet": {
            "title": name,
            "description": "",
            "customUrl": f"@{name.lower()}",
            "publishedAt": "2020-01-01T00:00:00Z",
            "thumbnails": {"default": {"url": f"https://yt3.ggpht.com/{identifier}=s88"}},
            "localized": {"title": name, "description": ""},
        },
        "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": f"UU{identifier[2:]}"}},
        "statistics": {
            "viewCount": "0",
            "subscriberCount": "0",
            "hiddenSubscriberCount": False,
            "videoCount": str(videos),
        },
        "status": {
            "privacyStatus": "public",
            "isLinked": True,
            "longUploadsStatus": "longUploadsUnspecified",
            "madeForKids": False,
        },
    }
    shown = {part: content for part, content in known.items() if part in parts}
    return {"kind": "youtube#channel", "etag": identifier, "id": identifier, **shown}


def page(kind: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """A list answer; everything asked for by id fits on one page."""
    return {
        "kind": kind,
        "etag": hashlib.sha256(repr(items).encode()).hexdigest()[:27],
        "items": items,
        "pageInfo": {"totalResults": len(items), "resultsPerPage": len(items)},
    }


def _snippet(video: Video) -> dict[str, Any]:
    written = video.resource.get("snippet", {})
    title, description = written.get("title", ""), written.get("description", "")
    return {
        "categoryId": "22",
        "description": description,
        **written,
        "publishedAt": video.published_at,
        "channelId": channel_id(video.account),
        "channelTitle": video.account.partition("@")[0].capitalize(),
        "liveBroadcastContent": "none",
        "localized": {"title": title, "description": description},
        "thumbnails": {
            size: {
                "url": f"https://i.ytimg.com/vi/{video.id}/{size}.jpg",
                "width": width,
                "height": height,
            }
            for size, (width, height) in _THUMBNAILS.items()
        },
    }


def _status(video: Video) -> dict[str, Any]:
    written = video.resource.get("status", {})
    made_for_kids = written.get("selfDeclaredMadeForKids", False)
    state: dict[str, Any] = {"uploadStatus": "uploaded"}
    if video.processed:
        state = {"uploadStatus": "processed"}
        if video.failure:
            state = {"uploadStatus": "failed", "failureReason": video.failure}
    return {
        "privacyStatus": "public",  # what YouTube makes of a video that does not say
        "license": "youtube",
        "embeddable": True,
        "publicStatsViewable": True,
        **written,
        "madeForKids": made_for_kids,
        **state,
    }


def _processing(video: Video) -> dict[str, Any]:
    if not video.processed:
        return {
            "processingStatus": "processing",
            "processingProgress": {
                "partsTotal": "100",
                "partsProcessed": "50",
                "timeLeftMs": "1000",
            },
        }
    if video.failure:
        return {"processingStatus": "failed", "processingFailureReason": "transcodeFailed"}
    return {"processingStatus": "succeeded"}


def _etag(video: Video) -> str:
    return hashlib.sha256(f"{video.id}:{video.polls_left}".encode()).hexdigest()[:27]
