from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import import_string
from typing_extensions import override


class KitConfig(AppConfig):
    """Registered for its management commands, and for what every process has."""

    name = "kit"

    @override
    def ready(self) -> None:
        import_module("kit.notices")
        # Before a pool forks: its children share what the client of a bucket takes.
        import_string(settings.STORAGES["default"]["BACKEND"])
