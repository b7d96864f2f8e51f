"""`manage.py dead_letters`: what an operator types, sees and may not do by accident."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from kombu import Connection

from kit.ids import new_id
from tests.workers.letters import a_row, depth, rows, taken
from workers import printing
from workers.ledger import public as ledger
from workers.ledger.contracts import Wanted


def said(*words: str) -> str:
    """Run the command; return what it printed."""
    out = io.StringIO()
    call_command("dead_letters", *words, stdout=out)
    return out.getvalue()


def told(*words: str) -> Any:
    return json.loads(said(*words, "--json"))


def states() -> list[str]:
    return [row.state for row in rows()]


class TestList:
    def test_shows_a_line_a_letter_and_a_sentence(self) -> None:
        row_id = a_row()

        lines = said("list").splitlines()

        assert lines[0].split() == [
            *("id", "queue", "name", "code", "tries", "deaths", "died", "state", "reason")
        ]
        assert lines[1].startswith(f"{row_id}  social  social.upload  gave-up      9       1  ")
        assert lines[1].endswith("waiting  YouTubeDown: YouTube does not answer.")
        assert lines[-1] == "1 dead letter."

    def test_narrows_and_pages(self) -> None:
        a_row(queue="previews")
        made = [a_row() for _ in range(3)]

        page = told("list", "--queue", "social", "--limit", "2")
        rest = told("list", "--queue", "social", "--limit", "2", "--cursor", page["next"])

        assert [row["id"] for row in page["items"] + rest["items"]] == made[::-1]
        assert rest["next"] is None
        assert f"--cursor {page['next']}" in said("list", "--queue", "social", "--limit", "2")

    @pytest.mark.parametrize("words", [("--state", "lost"), ("--since", "soon"), ("--limit", "0")])
    def test_refuses_what_it_does_not_understand(self, words: tuple[str, str]) -> None:
        with pytest.raises(CommandError):
            said("list", *words)

    @pytest.mark.usefixtures("documents_away")
    def test_says_that_the_document_server_is_away(self) -> None:
        with pytest.raises(CommandError, match="The document server does not answer"):
            said("list")


class TestShow:
    def test_tells_everything(self) -> None:
        row_id = a_row(body=b'[[], {"upload_id": "u1"}, {}]')

        shown = said("show", row_id)

        for part in ("gave-up", '"upload_id": "u1"', '"retries": 8', "Traceback (most recent"):
            assert part in shown
        assert told("show", row_id)["body"] == '[[], {"upload_id": "u1"}, {}]'

    def test_leaves_the_terminal_to_its_owner(self) -> None:
        row_id = a_row(body=b"\x1b[2J gone", name="social.\x1b]0;title\x07")

        shown = said("show", row_id)

        assert "\x1b" not in shown + said("list")
        assert "\\x1b[2J gone" in shown

    def test_shows_bytes_in_hex(self) -> None:
        row_id = a_row(body=bytes(range(256)))

        assert "00000040  40 41 42 43" in said("show", row_id)
        assert told("show", row_id)["body"] == bytes(range(256)).hex()

    def test_says_that_there_is_none(self) -> None:
        with pytest.raises(CommandError, match="There is no dead letter"):
            said("show", new_id())


class TestReplay:
    def test_does_nothing_without_yes(self) -> None:
        row_id = a_row()

        shown = said("replay", row_id)

        assert shown.splitlines()[0] == f"{row_id}  social  social.upload  gave-up"
        assert shown.endswith("1 dead letter would be replayed; nothing was done without --yes.\n")
        assert states() == ["waiting"]

    def test_replays_what_the_filters_choose(self, on_broker: Connection) -> None:
        other, made = a_row(queue="previews"), [a_row() for _ in range(120)]

        shown = said("replay", "--queue", "social", "--by", "ada", "--note", "Back.", "--yes")

        assert shown == "120 dead letters chosen, 120 replayed, 0 refused.\n"
        assert len(taken(on_broker, "social")) == len(made)
        assert [row.id for row in rows(Wanted())] == [other]
        assert {(row.settled_by, row.note) for row in rows(Wanted(state="replayed"))} == {
            ("ada", "Back.")
        }

    def test_stops_at_the_most(self) -> None:
        for _ in range(3):
            a_row()

        assert len(told("replay", "--all", "--most", "2")["done"]) == 2

    def test_ends_with_one_where_something_was_refused(
        self, on_broker: Connection, capsys: pytest.CaptureFixture[str]
    ) -> None:
        waiting, dropped = a_row(), a_row()
        ledger.drop(row_id=dropped, by="ben")

        with pytest.raises(SystemExit) as end:
            call_command("dead_letters", "replay", waiting, dropped, "--yes")

        assert end.value.code == 1
        printed = capsys.readouterr().out.splitlines()
        assert printed[-1] == "2 dead letters chosen, 1 replayed, 1 refused."
        assert printed[0] == f"Dead letter {dropped} is dropped already, by ben."
        assert depth("social") == 1

    def test_wants_to_know_which(self) -> None:
        with pytest.raises(CommandError, match="Name letters, filters, or --all"):
            said("replay", "--yes")
        with pytest.raises(CommandError, match="not both"):
            said("replay", a_row(), "--queue", "social", "--yes")

    def test_says_that_the_broker_is_away(self, settings: Any) -> None:
        row_id, there = a_row(), settings.CELERY
        settings.CELERY = {**there, "broker_url": "redis://127.0.0.1:1/0"}

        with pytest.raises(CommandError, match="The broker does not answer"):
            said("replay", row_id, "--yes")
        assert states() == ["waiting"]


class TestDrop:
    def test_drops_with_yes(self) -> None:
        row_id = a_row()

        assert told("drop", row_id)["is_dry_run"]
        report = told("drop", row_id, "--note", "A test.", "--yes")

        assert (report["done"], report["refused"]) == ([row_id], {})
        assert states() == ["dropped"]


class TestSpan:
    @pytest.mark.parametrize(
        ("seconds", "shown"),
        [(0, "0s"), (41.9, "41s"), (200, "3m 20s"), (180, "3m"), (725, "12m"), (439_200, "5d 2h")],
    )
    def test_takes_two_figures_at_most(self, seconds: float, shown: str) -> None:
        assert printing.span(seconds) == shown
