"""Routes below /live/."""

from django.urls import path

from apps.streams.api import playback

urlpatterns = [path("<str:token>/<path:name>", playback.Play.as_view(), name="play")]
