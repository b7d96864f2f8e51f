"""JSON shapes of the accounts API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.accounts import rules
from kit.serializers import StrictSerializer


class MeOut(serializers.Serializer[Any]):
    """The caller, as only they see themselves."""

    id = serializers.CharField()
    email = serializers.EmailField()
    handle = serializers.CharField()
    display_name = serializers.CharField()
    created_at = serializers.DateTimeField()


class ChangeMeIn(StrictSerializer):
    """What a person may change of their profile; what is left out stays."""

    handle = serializers.RegexField(rf"\A{rules.HANDLE_PATTERN.pattern}\Z", required=False)
    display_name = serializers.CharField(required=False, max_length=rules.MAX_DISPLAY_NAME_CHARS)


class FollowOut(serializers.Serializer[Any]):
    """The caller's edge to a creator."""

    since = serializers.DateTimeField()
    bell = serializers.ChoiceField(choices=rules.BELLS)


class CreatorOut(serializers.Serializer[Any]):
    """A creator, as the caller sees them; `follow` is null where the caller does not follow."""

    id = serializers.CharField()
    handle = serializers.CharField()
    display_name = serializers.CharField()
    created_at = serializers.DateTimeField()
    follow = FollowOut(allow_null=True)


class BellIn(StrictSerializer):
    """How much a follower wants to hear."""

    bell = serializers.ChoiceField(choices=rules.BELLS)
