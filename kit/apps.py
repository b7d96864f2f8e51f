from importlib import import_module

from django.apps import AppConfig
from typing_extensions import override


class KitConfig(AppConfig):
    """Registered for its management commands, and for the notices every process understands."""

    name = "kit"

    @override
    def ready(self) -> None:
        import_module("kit.notices")
