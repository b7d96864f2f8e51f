from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from typing_extensions import override

from config.env import environment
from kit import logs, mongo


class WorkersConfig(AppConfig):
    """Sets every process up alike: logs, and a document client that is made on first use."""

    name = "workers"
    verbose_name = "Operations"

    @override
    def ready(self) -> None:
        import_module("workers.app")
        # after it, as it names the folder of metrics before prometheus_client is imported
        asked = import_module("kit.scrapes").ASKED
        asked.register(import_module("workers.gauges").QueueGauges())
        asked.register(import_module("workers.broadcast_gauges").BroadcastGauges())
        asked.register(import_module("workers.recording_gauges").RecordingGauges())
        asked.register(import_module("workers.storage_gauges").StorageGauges())
        asked.register(import_module("workers.viewer_gauge").ViewerGauge())
        env = environment()
        logs.configure(as_json=env.log_format == "json", level=env.log_level)
        mongo.connect(settings.MONGODB_URL)
