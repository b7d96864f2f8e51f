"""Routes of previews, relative to `/api/v1/`."""

from __future__ import annotations

from django.urls import path

from apps.previews.api import views

urlpatterns = [
    path("broadcasts/<str:broadcast_id>/preview", views.GetBroadcastPreview.as_view()),
]
