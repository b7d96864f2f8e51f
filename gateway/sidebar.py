"""The admin's sidebar: the desks a person may open, with how much waits for them there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Link:
    """One desk, by the model it is registered for.

    `badge` names a callable that takes the request and returns a short text, or an empty one.
    """

    title: str
    icon: str
    model: str
    badge: str = ""


GROUPS: Final[Mapping[str, Sequence[Link]]] = {
    "Desks": (
        Link("Broadcasts", "live_tv", "streams.broadcastdesk"),
        Link(
            *("Recordings", "video_library", "streams.recordingdesk"),
            badge="apps.streams.admin.recordings.stuck_badge",
        ),
        Link("Uploads", "upload", "streams.uploaddesk"),
        Link("Previews", "motion_photos_on", "previews.previewdesk"),
        Link("Shared clips", "share", "previews.sharedesk"),
        Link("Stream keys", "key", "streams.keydesk"),
        Link("Channels", "podcasts", "streams.channeldesk"),
        Link("Encoders", "videocam", "streams.enginedesk"),
        Link("Cases", "gavel", "moderation.casedesk"),
        Link("Audit trail", "history", "moderation.auditdesk"),
        Link("Users", "group", "accounts.user"),
    ),
    "Operations": (
        Link(
            *("Dead letters", "mail_off", "workers.deadletterdesk"),
            badge="workers.admin.waiting_badge",
        ),
        Link("Queues", "stacks", "workers.queuedesk"),
    ),
}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the groups as Unfold wants them; what is empty for this person is left out."""
    groups = [
        {"title": title, "items": [_item(request, link) for link in links if _may(request, link)]}
        for title, links in GROUPS.items()
    ]
    return [group for group in groups if group["items"]]


def _may(request: HttpRequest, link: Link) -> bool:
    context, _, name = link.model.partition(".")
    return bool(request.user.has_perm(f"{context}.view_{name}"))


def _item(request: HttpRequest, link: Link) -> dict[str, Any]:
    where = reverse(f"admin:{link.model.replace('.', '_')}_changelist")
    item = {"title": link.title, "icon": link.icon, "link": where}
    said = import_string(link.badge)(request) if link.badge else ""
    # Unfold draws a badge wherever there is one, an empty one, too
    return {**item, "badge": said} if said else item
