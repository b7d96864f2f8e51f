"""`manage.py worker POOL…`: a Celery worker with the limits of the one table."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from kit import startup
from kit.errors import DomainError
from workers import topology, worker
from workers.app import app


class Command(BaseCommand):
    help = (
        "Work on the tasks of some pools until SIGTERM. What is running then may finish within "
        "45 s; the rest goes back to the broker."
    )
    requires_system_checks = startup.CHECKS

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        known = ", ".join(pool.name for pool in topology.POOLS)
        parser.add_argument("pools", nargs="+", metavar="POOL", help=known)
        parser.add_argument("--execution", choices=("prefork", "threads", "solo"))
        parser.add_argument("--concurrency", type=int)
        parser.add_argument("--name", help="what the worker is called; default: its first pool")

    @override
    def handle(self, *args: object, **options: object) -> None:
        names = [str(name) for name in options["pools"]]  # type: ignore[attr-defined]
        try:
            pool = worker.combine(names)
        except DomainError as unknown:
            raise CommandError(str(unknown)) from None
        execution, concurrency = options["execution"], options["concurrency"]
        wanted = worker.changed(
            pool,
            execution=str(execution) if execution else None,
            concurrency=int(str(concurrency)) if concurrency else None,
        )
        name = str(options["name"] or names[0])
        app.worker_main(worker.command_line(wanted, name=name))
