"""`manage.py broker_sync`: make the broker look like the table, and keep its messages."""

import json
from argparse import ArgumentParser
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from kit import broker
from kit.errors import DomainError
from workers import topology
from workers.broker_sync import BrokerSync, Change

NEEDS_A_PERSON = 1


class Command(BaseCommand):
    help = (
        "Declare every exchange and queue, and rebuild those that exist with other arguments; "
        "their messages are kept. Safe to repeat; part of a release, before the processes restart."
    )

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would change")
        parser.add_argument("--json", action="store_true")

    @override
    def handle(self, *args: object, **options: object) -> None:
        is_dry = bool(options["dry_run"])
        changes = self._sync(is_dry=is_dry)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(one) for one in changes]))
        else:
            self._render(changes, is_dry=is_dry)
        if any(one.verb == "keep" for one in changes):
            raise SystemExit(NEEDS_A_PERSON)

    def _sync(self, *, is_dry: bool) -> list[Change]:
        try:
            with broker.connection() as connection:
                connection.ensure_connection(max_retries=1, timeout=broker.CONNECT_S)
                sync = BrokerSync(connection, tell=self.stderr.write)
                return sync.plan() if is_dry else sync.apply()
        except broker.REFUSED as refused:
            raise CommandError(f"The broker refuses the login in BROKER_URL: {refused}") from None
        except broker.AWAY as away:
            raise CommandError(f"The broker does not answer: {away}") from None
        except DomainError as refused:
            raise CommandError(str(refused)) from None

    def _render(self, changes: list[Change], *, is_dry: bool) -> None:
        for one in changes:
            moved = f", {one.messages} messages" if one.messages else ""
            self.stdout.write(f"{one.verb:<8} {one.name:<28} {one.why}{moved}")
        if not broker.is_amqp():
            for weakness in topology.WEAKER_ON_REDIS:
                self.stdout.write(f"on Redis: {weakness}")
        count = len(topology.EXCHANGES) + len(topology.queues())
        verb = "would change" if is_dry else "changed"
        self.stdout.write(f"{count} exchanges and queues compared, {len(changes)} {verb}.")
