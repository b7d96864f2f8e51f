"""`manage.py events_replay`: hand published events to one context again."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from kit import broker, subscriptions
from kit.published import Span
from workers import replays
from workers.replays import Report


def moment(text: str) -> datetime:
    """Read ISO 8601; without an offset it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as failure:
        raise ArgumentTypeError(f"{text} is no ISO 8601 moment") from failure
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Command(BaseCommand):
    help = "Hand published events to one context again; a dry run unless --yes is given."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", required=True, metavar="CONTEXT", help="who is to hear them")
        parser.add_argument("--since", type=moment, help="announced at or after (ISO 8601)")
        parser.add_argument("--until", type=moment, help="announced before (ISO 8601)")
        parser.add_argument("--key", default="", help="only events of this key")
        parser.add_argument("--event-id", default="", help="only this event")
        parser.add_argument("--yes", action="store_true", help="send; else only say what would be")
        parser.add_argument("--json", action="store_true")

    @override
    def handle(self, *args: object, **options: Any) -> None:
        context, span = options["to"], _span(options)
        report = self._send(context, span) if options["yes"] else replays.look(context, span)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json()))
        else:
            self.stdout.write(_sentence(report, is_dry=not options["yes"]))
        if options["yes"] and report.sent < report.wanted:
            raise CommandError(f"The broker did not take {report.wanted - report.sent} events.")

    def _send(self, context: str, span: Span) -> Report:
        def progress(sent: int) -> None:
            self.stderr.write(f"{sent} events sent …")

        try:
            return replays.send(context, span, progress=progress)
        except broker.AWAY as away:
            raise CommandError(f"The broker went away; nothing is lost: {away}") from away


def _span(options: dict[str, Any]) -> Span:
    contexts = subscriptions.contexts()
    context, key = options["to"], options["key"]
    if context not in contexts:
        raise CommandError(f"{context} listens to nothing. There are: {', '.join(contexts)}.")
    if key and key not in contexts[context]:
        raise CommandError(f"{context} does not listen to {key}.")
    if not options["since"] and not options["event_id"]:
        raise CommandError("Say --since or --event-id: all that is kept is seldom meant.")
    return Span(
        since=options["since"], until=options["until"], key=key, event_id=options["event_id"]
    )


def _sentence(report: Report, *, is_dry: bool) -> str:
    others = report.found - report.wanted
    if is_dry:
        return (
            f"{report.wanted} events would go to {report.context}, {others} are not for it; "
            "--yes sends them."
        )
    return (
        f"{report.sent} of {report.wanted} events sent to {report.context}, "
        f"{others} were not for it (replay {report.replay})."
    )
