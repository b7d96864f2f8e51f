"""Tells Django of the gateway."""

from importlib import import_module

from django.apps import AppConfig
from typing_extensions import override


class GatewayConfig(AppConfig):
    name = "gateway"

    @override
    def ready(self) -> None:
        # drf-spectacular finds its extensions by subclass: someone has to import them
        import_module("gateway.schema")
