"""Routes below /hooks/."""

from django.urls import path

from apps.streams.api import engine_hooks, hooks

urlpatterns = [
    path("ingest", hooks.IngestHook.as_view(), name="ingest-hook"),
    path("wowza", engine_hooks.WowzaHook.as_view(), name="wowza-hook"),
    path("wowza-video/<str:key>", engine_hooks.WowzaVideoHook.as_view(), name="wowza-video-hook"),
]
