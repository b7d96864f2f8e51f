from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from typing_extensions import override


class ProofConfig(AppConfig):
    name = "tests.journeys.proof"

    @override
    def ready(self) -> None:
        autodiscover_modules("documents", "subscribers")
