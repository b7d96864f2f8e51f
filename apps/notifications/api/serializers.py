"""JSON shapes of the notifications API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from kit.serializers import PageSerializer, StrictSerializer

# Django searches; only \A and \Z make a pattern hold for the whole value.
CLOCK = r"\A([01][0-9]|2[0-3]):[0-5][0-9]\Z"
ULID = r"\A[0-7][0-9A-HJKMNP-TV-Z]{25}\Z"


class InboxItemOut(serializers.Serializer[Any]):
    """One notice in the caller's language; `payload` tells the app which screen to open."""

    id = serializers.CharField()
    type = serializers.CharField()
    creator_id = serializers.CharField()
    title = serializers.CharField()
    body = serializers.CharField()
    payload = serializers.DictField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    is_read = serializers.BooleanField()


class InboxPageOut(PageSerializer):
    """A page of the inbox, newest first; it may be short while `next` still leads on."""

    items = InboxItemOut(many=True)


class UnreadCountOut(serializers.Serializer[Any]):
    """`unread` counts to 100, which means at least so many."""

    unread = serializers.IntegerField()


class ReadIn(StrictSerializer):
    """Everything up to the notice `upto` is read."""

    upto = serializers.RegexField(ULID)


class AddressIn(StrictSerializer):
    """Where a provider reaches the device. An address is a secret and never answered."""

    kind = serializers.ChoiceField(choices=["apns_token", "fcm_token", "fcm_fid"])
    value = serializers.CharField(max_length=4096)


class DeviceIn(StrictSerializer):
    """What an app says of itself at every start."""

    platform = serializers.ChoiceField(choices=["ios", "android"])
    address = AddressIn()
    app = serializers.CharField(max_length=100, default="showrunner")
    env = serializers.ChoiceField(choices=["production", "sandbox"], default="production")
    lang = serializers.RegexField(r"\A[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*\Z", default="en")
    tz = serializers.CharField(max_length=64, default="UTC")


class DeviceOut(serializers.Serializer[Any]):
    """A device of the caller."""

    installation_id = serializers.CharField()
    platform = serializers.CharField()
    provider = serializers.CharField()
    app = serializers.CharField()
    env = serializers.CharField()
    lang = serializers.CharField()
    tz = serializers.CharField()
    state = serializers.CharField()
    seen_at = serializers.DateTimeField()


class DevicesOut(serializers.Serializer[Any]):
    """Every device of the caller that is not signed out."""

    items = DeviceOut(many=True)


class ChannelsField(StrictSerializer):
    """Where one type of notice reaches the caller."""

    push = serializers.BooleanField()
    inapp = serializers.BooleanField()


class QuietHoursField(StrictSerializer):
    """No push from start to end on the clock of `tz`; may cross midnight."""

    tz = serializers.CharField(max_length=64)
    start = serializers.RegexField(CLOCK)
    end = serializers.RegexField(CLOCK)


class PreferencesField(StrictSerializer):
    """The caller's wishes, whole: what a PUT leaves out goes back to its default."""

    types = serializers.DictField(child=ChannelsField(), default=dict)
    quiet_hours = QuietHoursField(allow_null=True, default=None)


class OpenedIn(StrictSerializer):
    """A notice opened the app on a device."""

    notice_id = serializers.RegexField(ULID)
    installation_id = serializers.CharField(max_length=64)
