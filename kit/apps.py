from django.apps import AppConfig


class KitConfig(AppConfig):
    """Registered for its management commands."""

    name = "kit"
