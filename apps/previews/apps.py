"""Tells Django of this context, and the table of subscribers of what it listens to."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from typing_extensions import override


class PreviewsConfig(AppConfig):
    name = "apps.previews"

    @override
    def ready(self) -> None:
        autodiscover_modules("subscribers")
