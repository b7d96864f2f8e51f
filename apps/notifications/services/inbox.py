"""What people do with notices: read them, open them, and say which they want."""

from __future__ import annotations

from apps.notifications.contracts import FOLLOWERS, Wishes
from apps.notifications.documents import (
    Device,
    InboxState,
    NoticeEvent,
    Opening,
    Preferences,
    insert_once,
)
from apps.notifications.errors import DeviceNotFound, NoticeNotFound
from apps.notifications.rules import audience


def set_preferences(*, user_id: str, wishes: Wishes) -> None:
    """Replace somebody's preferences.

    Raises:
        UnknownNoticeType: a type the registry does not know.
        UnknownTimeZone: no zone of the IANA database.
        EmptyQuietHours: they start when they end.

    """
    audience.check(wishes)
    quiet = wishes.quiet_hours
    Preferences(
        id=user_id,
        types={
            name: {"push": chosen.push, "inapp": chosen.inapp}
            for name, chosen in wishes.types.items()
        },
        quiet_hours={"tz": quiet.tz, "start": quiet.start, "end": quiet.end} if quiet else {},
    ).save()


def read_upto(*, user_id: str, upto: str) -> None:
    """Mark everything up to a notice as read; never backwards."""
    if insert_once(InboxState(id=user_id, read_upto=upto)):
        return
    InboxState.objects(id=user_id, read_upto__lt=upto).update(set__read_upto=upto)


def record_open(*, user_id: str, notice_id: str, installation_id: str) -> None:
    """Count that a notice opened the app on a device; once a device.

    Raises:
        DeviceNotFound: the device is not the caller's.
        NoticeNotFound: no such notice, or one to somebody else.

    """
    if Device.objects(id=installation_id.lower(), user_id=user_id).first() is None:
        raise DeviceNotFound(installation_id=installation_id)
    mine = NoticeEvent.objects(id=notice_id, audience__in=[FOLLOWERS, user_id])
    if mine.first() is None:
        raise NoticeNotFound(notice_id=notice_id)
    if insert_once(Opening(id=f"{notice_id}:{installation_id.lower()}")):
        NoticeEvent.objects(id=notice_id).update(inc__opens=1)
