"""JSON shapes of the moderation API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.moderation import rules
from kit.serializers import StrictSerializer


class ReportIn(StrictSerializer):
    """What somebody says of a subject."""

    subject_type = serializers.ChoiceField(choices=rules.SUBJECT_TYPES)
    subject_id = serializers.CharField(max_length=64)
    reason = serializers.ChoiceField(choices=rules.REPORT_REASONS)
    note = serializers.CharField(
        required=False, allow_blank=True, max_length=rules.MAX_NOTE_CHARS, default=""
    )


class ReportOut(serializers.Serializer[Any]):
    """A report as its writer may see it: nothing of the case it went into."""

    id = serializers.CharField()
    subject_type = serializers.CharField()
    subject_id = serializers.CharField()
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()
