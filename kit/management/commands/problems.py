"""`manage.py problems`: every error the API can answer, as the table in docs/errors.md."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string
from typing_extensions import override

from kit.errors import DomainError
from kit.problems import STATUS

HEADER = """# Errors

Every failure is an [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem document with a
stable `code`. This table is the output of `manage.py problems`; a test keeps it so.

| status | code | sentence | told by |
|---|---|---|---|
"""


def table() -> list[dict[str, object]]:
    """Return one row a code, by status and code."""
    for path in settings.MIDDLEWARE:  # Django loads them with the first request only
        import_string(path)
    rows = [
        {
            "status": next(code for base, code in STATUS.items() if issubclass(kind, base)),
            "code": kind.code,
            "sentence": kind.sentence,
            "context": kind.__module__.split(".")[1 if kind.__module__.startswith("apps.") else 0],
        }
        for kind in _every(DomainError)
        if "code" in vars(kind) and kind.__module__.startswith(("apps.", "kit.", "gateway."))
    ]
    return sorted(rows, key=lambda row: (row["status"], row["code"]))


def markdown() -> str:
    lines = (
        f"| {row['status']} | `{row['code']}` | {row['sentence']} | {row['context']} |\n"
        for row in table()
    )
    return HEADER + "".join(lines)


def _every(base: type[DomainError]) -> Iterator[type[DomainError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _every(kind)


class Command(BaseCommand):
    help = "Print every error code of the API with its status and sentence."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")

    @override
    def handle(self, *args: object, **options: object) -> None:
        text = json.dumps(table(), indent=1) if options["json"] else markdown()
        self.stdout.write(text, ending="")
