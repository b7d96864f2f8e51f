"""`manage.py consumer`: deliver events to their subscribers, file dead letters, until SIGTERM."""

from django.core.management.base import BaseCommand
from typing_extensions import override

from kit import everyone, startup
from workers import consumer, exposition, undertaker
from workers.stopping import Stopping


class Command(BaseCommand):
    help = (
        "Deliver events from the exchange to their subscribers, and file dead letters in the "
        "ledger, until SIGTERM."
    )
    requires_system_checks = startup.CHECKS

    @override
    def handle(self, *args: object, **options: object) -> None:
        startup.require()
        exposition.serve()
        everyone.listen("consumer")
        stopping = Stopping()
        stopping.listen()
        with undertaker.at_work(stopping):
            consumer.run(stopping)
