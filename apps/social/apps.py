from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from typing_extensions import override


class SocialConfig(AppConfig):
    name = "apps.social"

    @override
    def ready(self) -> None:
        autodiscover_modules("subscribers")
