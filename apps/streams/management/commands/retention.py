"""`manage.py retention`: what rules no longer keep, and the exceptions to them."""

from __future__ import annotations

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from apps.streams import public as streams

EXAMPLES: Final = """
  manage.py retention                          what would be removed now
  manage.py retention --yes                    removes it
  manage.py retention --creator ID --days 7    a rule of one creator's own; 0 keeps for ever
  manage.py retention --creator ID --as-all    takes that rule back

RETENTION_DAYS is the rule of everybody else. A task removes by the same rules every hour."""


class Command(BaseCommand):
    help = "Show or remove recordings that retention rules no longer keep; set a creator's rule."

    @override
    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        formatter = RawDescriptionHelpFormatter
        kwargs |= {"epilog": EXAMPLES, "formatter_class": formatter}
        return super().create_parser(prog_name, subcommand, **kwargs)

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--yes", action="store_true", help="remove, and do not only show")
        parser.add_argument("--creator", default="", help="the id of whom a rule is for")
        rule = parser.add_mutually_exclusive_group()
        rule.add_argument("--days", type=int, help="how long the creator's recordings are kept")
        rule.add_argument("--as-all", action="store_true", help="as everybody's recordings")

    @override
    def handle(self, *args: object, **options: Any) -> None:
        if options["creator"]:
            self._set_rule(options)
            return
        found = streams.list_expired_recordings()
        removed = streams.expire_recordings() if options["yes"] else 0
        if options["json"]:
            rows = [{"id": one.id, "title": one.title, "creator": one.creator_id} for one in found]
            self.stdout.write(json.dumps({"expired": rows, "removed": removed}))
            return
        for one in found:
            self.stdout.write(f"{one.id}  {one.stored_at:%Y-%m-%d}  {one.title}")
        self.stdout.write(f"{len(found)} recordings are past their time, {removed} removed.")

    def _set_rule(self, options: dict[str, Any]) -> None:
        days = options["days"]
        if (days is None) != options["as_all"] or (days or 0) < 0:
            raise CommandError("Say either --days, from 0 on, or --as-all.")
        streams.set_retention(creator_id=options["creator"], days=days)
        kept = "as everybody's" if days is None else f"{days} days" if days else "for ever"
        self.stdout.write(f"Recordings of {options['creator']} are kept {kept}.")
