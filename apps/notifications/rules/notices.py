"""The registry of notice types and their wording: the one place to add one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from apps.notifications.contracts import FOLLOWERS, Channels
from apps.notifications.errors import UnknownNoticeType

DEFAULT_LANG: Final = "en"
# Both providers take 4,096 bytes; texts this short never reach it, in any script.
TITLE_CHARS: Final = 120
BODY_CHARS: Final = 300
ANNOUNCED_VISIBILITIES: Final = frozenset({"public", "followers"})
_NAMESPACE: Final = uuid.UUID("6f6fd9a4-91f5-4f10-8a02-53c1a1de1c7b")


@dataclass(frozen=True, slots=True)
class NoticeType:
    """One kind of notice.

    `loudest_bell_only`: sent only where the bell is `all`, not where it is `highlights`.
    `lasts` is how long a push of it is worth delivering.
    """

    name: str
    default: Channels
    lasts: timedelta
    is_bulk: bool = False
    loudest_bell_only: bool = False


REGISTRY: Final[dict[str, NoticeType]] = {
    kind.name: kind
    for kind in (
        NoticeType(
            "broadcast_live",
            Channels(push=True, inapp=True),
            timedelta(minutes=10),
            is_bulk=True,
        ),
        NoticeType(
            "video_published",
            Channels(push=False, inapp=True),
            timedelta(hours=12),
            is_bulk=True,
            loudest_bell_only=True,
        ),
        # lasts as long as a warning comes before the end
        NoticeType("broadcast_expiring", Channels(push=True, inapp=True), timedelta(minutes=5)),
        NoticeType("upload_published", Channels(push=True, inapp=True), timedelta(days=1)),
        NoticeType("upload_failed", Channels(push=True, inapp=True), timedelta(days=1)),
        NoticeType("youtube_reconnect", Channels(push=True, inapp=True), timedelta(days=3)),
    )
}

WORDING: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("broadcast_live", "en"): ("{creator} is live", "{title}"),
    ("broadcast_expiring", "en"): ("Your broadcast ends soon", "{title} ends at {time} UTC."),
    ("video_published", "en"): ("New video from {creator}", "{title}"),
    ("upload_published", "en"): ("Your video is on YouTube", "{title}"),
    ("upload_failed", "en"): ("YouTube upload failed", "{title}"),
    ("youtube_reconnect", "en"): (
        "Reconnect YouTube",
        "YouTube no longer accepts your connection. Connect again to keep publishing.",
    ),
}


def find_type(name: str) -> NoticeType:
    """Return one type of the registry.

    Raises:
        UnknownNoticeType: there is none of this name.

    """
    if name not in REGISTRY:
        raise UnknownNoticeType(type=name)
    return REGISTRY[name]


def is_announced(visibility: str) -> bool:
    """Tell whether followers hear of something; unlisted and private stay unsaid."""
    return visibility in ANNOUNCED_VISIBILITIES


def expires_at(type_name: str, now: datetime) -> datetime:
    return now + find_type(type_name).lasts


def is_bulk(audience: str) -> bool:
    return audience == FOLLOWERS


def known_lang(lang: str) -> str:
    """Return the language we have words in that fits a BCP 47 tag best."""
    primary = lang.replace("_", "-").partition("-")[0].lower()
    return primary if any(primary == known for _, known in WORDING) else DEFAULT_LANG


def word(type_name: str, lang: str, facts: Mapping[str, str]) -> tuple[str, str]:
    """Return (title, body) of a notice in a language, cut to what a phone shows."""
    title, body = WORDING.get((type_name, known_lang(lang)), WORDING[type_name, DEFAULT_LANG])
    return _fill(title, facts, TITLE_CHARS), _fill(body, facts, BODY_CHARS)


def push_id(notice_id: str, installation_id: str) -> str:
    """Return the id of one push, the same at every redelivery (RFC 9562, version 5)."""
    return str(uuid.uuid5(_NAMESPACE, f"{notice_id}/{installation_id}"))


def _fill(pattern: str, facts: Mapping[str, str], chars: int) -> str:
    text = pattern.format_map(_Facts(facts))
    return text if len(text) <= chars else text[: chars - 1].rstrip() + "…"


class _Facts(dict[str, str]):
    """A fact nobody gave reads as nothing: a notice without a title is still a notice."""

    def __missing__(self, name: str) -> str:
        return ""
