"""Routes below /hooks/."""

from django.urls import path

from apps.streams.api import hooks

urlpatterns = [path("ingest", hooks.IngestHook.as_view(), name="ingest-hook")]
