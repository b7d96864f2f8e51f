"""Simulcast targets as JSON; a key goes in and never comes out."""

from __future__ import annotations

from rest_framework import serializers

from kit.serializers import PageSerializer, StrictSerializer


class AddTargetIn(StrictSerializer):
    label = serializers.CharField(max_length=60)  # type: ignore[assignment] # a field's name
    url = serializers.CharField(max_length=300)
    key = serializers.CharField(max_length=300)


class TargetOut(serializers.Serializer[object]):
    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # a field's name
    url = serializers.CharField()
    state = serializers.ChoiceField(choices=("waiting", "active", "failed"))
    error = serializers.CharField()
    created_at = serializers.DateTimeField()


class TargetPageOut(PageSerializer):
    items = TargetOut(many=True)
