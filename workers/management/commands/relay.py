"""`manage.py relay`: publish what waits in the outboxes, until SIGTERM."""

from django.core.management.base import BaseCommand
from typing_extensions import override

from kit import everyone, startup
from workers import exposition, relay
from workers.stopping import Stopping


class Command(BaseCommand):
    help = "Publish the events that wait in the outboxes to the exchange, until SIGTERM."
    requires_system_checks = startup.CHECKS

    @override
    def handle(self, *args: object, **options: object) -> None:
        startup.require()
        exposition.serve()
        everyone.listen("relay")
        stopping = Stopping()
        stopping.listen()
        relay.run(stopping)
