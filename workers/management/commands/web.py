"""`manage.py web`: check what the web needs, then become the HTTP server."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand
from typing_extensions import override

from kit import startup


class Command(BaseCommand):
    help = "Serve HTTP with granian once the stores answer."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1)
        parser.add_argument("--threads", type=int, default=8, help="blocking threads a worker")

    @override
    def handle(self, *args: object, **options: object) -> None:
        startup.require()
        granian = str(Path(sys.executable).parent / "granian")
        command = [
            *(granian, "--interface", "wsgi", "--no-ws"),
            *("--host", str(options["host"]), "--port", str(options["port"])),
            *("--workers", str(options["workers"])),
            *("--blocking-threads", str(options["threads"])),
            *("--respawn-failed-workers", "--workers-kill-timeout", "20"),
            *("--log-level", "warning", "config.wsgi:application"),
        ]
        os.execv(granian, command)  # noqa: S606 (our own server, no shell)
