"""The admin without its pages: only who serves or checks the web imports the desks and Unfold.

Both applications bring a configuration that imports all of it in every process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks
from typing_extensions import override


class Admin(SimpleAdminConfig):
    """Its site is made on first use; `gateway.urls` has the desks register with it."""

    default_site = "unfold.sites.UnfoldAdminSite"

    @override
    def ready(self) -> None:
        checks.register(check_desks, checks.Tags.admin)


class Unfold(AppConfig):
    """Its templates and static files; its own would import what the site is made of."""

    name = "unfold"


def check_desks(
    app_configs: Sequence[AppConfig] | None, **options: Any
) -> Sequence[checks.CheckMessage]:
    """Check as Django's own configuration would, which finds the desks registered."""
    admin.autodiscover()
    return [*check_dependencies(**options), *check_admin_app(app_configs, **options)]
