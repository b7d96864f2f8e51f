"""The addresses of this context alone, where the gateway mounts them."""

from __future__ import annotations

from typing import Final

from django.urls import URLResolver, include, path

urlpatterns: Final[list[URLResolver]] = [path("api/v1/", include("apps.notifications.api.urls"))]
