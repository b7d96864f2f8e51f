from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from typing_extensions import override


class ModerationConfig(AppConfig):
    name = "apps.moderation"

    @override
    def ready(self) -> None:
        autodiscover_modules("subscribers")
