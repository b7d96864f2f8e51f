"""What YouTube demands of a video's metadata, beyond the shape the discovery document gives it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sandbox.google.errors import api_error

WRITABLE_PARTS = frozenset(
    {"snippet", "status", "recordingDetails", "localizations", "paidProductPlacementDetails"}
)
MAX_TITLE_CHARS = 100
MAX_DESCRIPTION_BYTES = 5000
MAX_TAGS_CHARS = 500


def check_metadata(resource: dict[str, Any], parts: Collection[str]) -> None:
    """Judge the metadata of videos.insert.

    Raises:
        Refusal: 400 with the reason YouTube gives (unexpectedPart, invalidTitle, ...).

    """
    for part in resource:
        if part not in parts or part not in WRITABLE_PARTS:
            raise api_error(400, "unexpectedPart", f"'{part}'", domain="youtube.part")
    snippet = resource.get("snippet", {})
    _check_title(snippet.get("title", ""))
    _check_description(snippet.get("description", ""))
    _check_tags(snippet.get("tags", []))
    category = snippet.get("categoryId", "22")
    if not category.isdigit():
        raise _bad("invalidCategoryId", "an invalid category ID")
    status = resource.get("status", {})
    if "publishAt" in status and status.get("privacyStatus") != "private":
        raise _bad("invalidPublishAt", "an invalid scheduled publishing time")


def _check_title(title: str) -> None:
    if not title.strip() or len(title) > MAX_TITLE_CHARS or set("<>") & set(title):
        raise _bad("invalidTitle", "an invalid or empty video title")


def _check_description(description: str) -> None:
    if len(description.encode()) > MAX_DESCRIPTION_BYTES or set("<>") & set(description):
        raise _bad("invalidDescription", "an invalid video description")


def _check_tags(tags: list[str]) -> None:
    """500 characters in all: commas between count, a tag with a space counts its quotes."""
    length = sum(len(tag) + 2 * (" " in tag) for tag in tags) + max(len(tags) - 1, 0)
    if length > MAX_TAGS_CHARS or set("<>") & set("".join(tags)):
        raise _bad("invalidTags", "invalid video keywords")


def _bad(reason: str, what: str) -> Exception:
    return api_error(
        400, reason, f"The request metadata specifies {what}.", domain="youtube.video"
    )
