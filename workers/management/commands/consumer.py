"""`manage.py consumer`: deliver events to their subscribers, until SIGTERM."""

from django.core.management.base import BaseCommand
from typing_extensions import override

from kit import everyone, startup
from workers import consumer
from workers.stopping import Stopping


class Command(BaseCommand):
    help = "Deliver events from the exchange to their subscribers, until SIGTERM."

    @override
    def handle(self, *args: object, **options: object) -> None:
        startup.require()
        everyone.listen("consumer")
        stopping = Stopping()
        stopping.listen()
        consumer.run(stopping)
