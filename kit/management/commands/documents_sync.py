"""`manage.py documents_sync`: make every declared index exist."""

import json
from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from typing_extensions import override

from kit.documents import sync_indexes


class Command(BaseCommand):
    help = "Create the indexes that the documents declare. Safe to repeat; part of a release."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    @override
    def handle(self, *args: object, **options: object) -> None:
        made = sync_indexes()
        if options["json"]:
            self.stdout.write(json.dumps(made))
        else:
            self.stdout.write(f"{len(made)} indexes are there.")
