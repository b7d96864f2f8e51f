"""Every address of the site, one line each; what a context answers stands in its own table."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from gateway import health, media, metrics, views, web

# Here, so that who serves or checks the web has them, and no worker.
admin.autodiscover()
import_module("gateway.schema")  # drf-spectacular finds its extensions by subclass

V1: Final[list[URLPattern | URLResolver]] = [
    path("home", views.Home.as_view(), name="home"),
    path("previews", views.CardPreviews.as_view(), name="card-previews"),
    path("auth/", include("allauth.headless.urls")),
    path("", include("apps.accounts.api.urls")),
    path("", include("apps.streams.api.urls")),
    path("", include("apps.previews.api.urls")),
    path("", include("apps.social.api.urls")),
    path("", include("apps.notifications.api.urls")),
    path("", include("apps.moderation.api.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", web.page, name="web"),
    path("api/v1/", include(V1)),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("hooks/", include("apps.streams.api.hook_urls")),
    path("live/", include("apps.streams.api.playback_urls")),
    path("media/<path:name>", media.media, name="media"),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]

handler400 = "gateway.answers.bad_request"
handler403 = "gateway.answers.forbidden"
handler404 = "gateway.answers.not_found"
handler500 = "gateway.answers.broken"
