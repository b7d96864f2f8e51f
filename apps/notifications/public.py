"""The door of the notifications context: everyone else imports this module and no deeper.

Each function wires what is needed and makes one call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils import timezone

from apps.accounts import public as accounts
from apps.notifications import queries, wiring
from apps.notifications.contracts import (
    FOLLOWERS,
    DeviceSummary,
    InboxItem,
    NewNotice,
    Registration,
    Stuck,
    Wishes,
)
from apps.notifications.rules.notices import is_announced
from apps.notifications.services import devices, inbox, notices, sending
from kit.pages import Page, PageRequest

get_notice = queries.get_notice
find_notice = queries.find_notice
list_devices = queries.list_devices
get_preferences = queries.get_preferences
read_upto = inbox.read_upto
record_open = inbox.record_open


def register_device(*, user_id: str, registration: Registration) -> DeviceSummary:
    return devices.register_device(user_id=user_id, registration=registration, now=timezone.now())


def revoke_device(*, user_id: str, installation_id: str) -> None:
    devices.revoke_device(user_id=user_id, installation_id=installation_id, now=timezone.now())


def set_preferences(*, user_id: str, wishes: Wishes) -> Wishes:
    """Replace somebody's preferences; return all of them, with defaults."""
    inbox.set_preferences(user_id=user_id, wishes=wishes)
    return queries.get_preferences(user_id=user_id)


def list_inbox(*, user_id: str, page: PageRequest) -> Page[InboxItem]:
    return queries.list_inbox(
        user_id=user_id,
        lang=queries.find_lang(user_id=user_id),
        page=page,
        followed=accounts.list_followed(user_id=user_id),
    )


def count_unread(*, user_id: str) -> int:
    """Return how many notices are unread; 100 means at least so many."""
    return queries.count_unread(user_id=user_id, followed=accounts.list_followed(user_id=user_id))


def announce_live(*, broadcast_id: str, creator_id: str, title: str, visibility: str) -> None:
    """Tell followers that a creator is live, once a broadcast."""
    _announce(
        f"live:{broadcast_id}",
        "broadcast_live",
        visibility,
        {"broadcast_id": broadcast_id, "creator_id": creator_id, "title": title},
    )


def withdraw_live(*, broadcast_id: str) -> None:
    """Stop telling: the broadcast is over."""
    notices.withdraw_notice(key=f"live:{broadcast_id}", now=timezone.now())


def announce_video(*, recording_id: str, creator_id: str, title: str, visibility: str) -> None:
    """Tell followers of a new recording, once a recording."""
    _announce(
        f"video:{recording_id}",
        "video_published",
        visibility,
        {"recording_id": recording_id, "creator_id": creator_id, "title": title},
    )


def notify_person(
    *, user_id: str, type_: str, key: str, facts: Mapping[str, str], payload: Mapping[str, str]
) -> str:
    """Tell one person something, once a key; return the notice's id.

    Raises:
        UnknownNoticeType: the registry has no such type.

    """
    notice = NewNotice(key=key, type=type_, audience=user_id, facts=facts, payload=payload)
    return notices.request_notice(notice=notice, now=timezone.now())


def plan_notice(*, notice_id: str) -> Iterator[str]:
    """Cut a notice into chunks and yield each one's id, to be queued at once."""
    return notices.plan_notice(notice_id=notice_id, audience=accounts, now=timezone.now())


def send_chunk(*, chunk_id: str) -> None:
    sending.send_chunk(
        chunk_id=chunk_id,
        audience=accounts,
        providers=wiring.push_providers(),
        clock=timezone.now,
    )


def send_personal(*, notice_id: str) -> None:
    send_chunk(chunk_id=notices.plan_personal(notice_id=notice_id, now=timezone.now()))


def find_stuck() -> Stuck:
    """Return notices and chunks whose task seems lost, to be queued again."""
    return notices.find_stuck(now=timezone.now())


def _announce(key: str, type_: str, visibility: str, about: dict[str, str]) -> None:
    if not is_announced(visibility):
        return
    creator = accounts.get_profile(user_id=about["creator_id"])
    title = about.pop("title")
    notice = NewNotice(
        key=key,
        type=type_,
        audience=FOLLOWERS,
        creator_id=creator.id,
        facts={"creator": creator.display_name, "title": title},
        payload=about,
    )
    notices.request_notice(notice=notice, now=timezone.now())
