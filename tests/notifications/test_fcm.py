"""The FCM adapter over real HTTP/2 and TLS, against the stand-in."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.notifications.adapters.fcm import Fcm
from apps.notifications.adapters.memory import MemoryShelf
from apps.notifications.contracts import Verdict
from apps.notifications.ports import Push
from sandbox import client
from sandbox.threaded import StandIns
from tests.notifications.lines import (
    ACCEPTED,
    Line,
    a_message,
    fcm_line,
)


class TestFcm:
    def test_says_everything_a_push_needs(self, stand_ins: StandIns) -> None:
        line = fcm_line(stand_ins)

        line.send()

        [entry] = line.seen()
        assert entry["accepted"]
        assert (entry["priority"], entry["collapse_id"]) == ("HIGH", "notice")
        assert entry["payload"]["data"]["n"] == "notice"
        assert "notification" not in entry["payload"]

    def test_reaches_iphones_too(self, stand_ins: StandIns) -> None:
        line = fcm_line(stand_ins)
        [push] = line.push()
        by_firebase = Push(
            push_id=push.push_id,
            installation_id=push.installation_id,
            kind=push.kind,
            address=push.address,
            env=push.env,
            message=a_message("ios"),
        )

        assert line.provider.send([by_firebase]) == [ACCEPTED]
        [entry] = line.seen()
        assert entry["payload"]["apns"]["payload"]["aps"]["thread-id"] == "creator"

    def test_asks_google_once_for_a_whole_fleet(self, stand_ins: StandIns) -> None:
        shelf = MemoryShelf()

        for _ in range(3):
            assert fcm_line(stand_ins, shelf).send() == [ACCEPTED]

        asked = [
            entry for entry in client.ledger(stand_ins.google_url) if entry["kind"] == "token"
        ]
        assert len(asked) == 1

    def test_asks_for_a_new_token_when_google_took_it_back(self, stand_ins: StandIns) -> None:
        shelf = MemoryShelf()
        line = fcm_line(stand_ins, shelf)
        line.send()
        [(name, (_, minted_at))] = shelf.kept.items()
        shelf.kept[name] = ("ya29.taken-back", minted_at - 120)

        [refused] = line.send()
        [accepted] = line.send()

        assert (refused.verdict, accepted.verdict) == (Verdict.CREDENTIALS, Verdict.ACCEPTED)

    @pytest.mark.waits
    def test_sends_nothing_while_google_gives_no_token(self, stand_ins: StandIns) -> None:
        client.fail(stand_ins.google_url, path_prefix="/token", status=503, times=None)
        line = fcm_line(stand_ins)

        [outcome] = line.send()

        assert outcome.verdict is Verdict.UNPROCESSED
        assert line.seen() == []

    def test_calls_for_a_person_when_the_account_cannot_be_read(
        self, stand_ins: StandIns, tmp_path: Path
    ) -> None:
        broken = tmp_path / "account.json"
        broken.write_text("{}")
        provider = Fcm(
            base_url=stand_ins.fcm_url, service_account_file=str(broken), shelf=MemoryShelf()
        )

        [outcome] = Line(provider, stand_ins.fcm_url, "fcm_token").send()

        assert outcome.verdict is Verdict.CREDENTIALS
