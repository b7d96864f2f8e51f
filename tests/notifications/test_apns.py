"""The APNs adapter over real HTTP/2 and TLS, against the stand-in."""

from __future__ import annotations

from pathlib import Path

from apps.notifications.adapters.memory import MemoryShelf
from apps.notifications.contracts import Verdict
from sandbox import client
from sandbox.threaded import StandIns
from tests.notifications.lines import (
    ACCEPTED,
    Line,
    an_apns,
    apns_line,
)


class TestApns:
    def test_says_everything_a_push_needs(self, stand_ins: StandIns) -> None:
        line = apns_line(stand_ins)
        [push] = line.push()

        line.provider.send([push])

        [entry] = line.seen()
        assert entry["message_id"] == push.push_id
        assert entry["topic"] == stand_ins.credentials.apns_topic
        assert (entry["push_type"], entry["priority"]) == ("alert", "10")
        assert entry["collapse_id"] == push.message.collapse_id
        assert entry["expiration"] == str(int(push.message.expires_at.timestamp()))
        assert entry["payload"]["aps"]["alert"]["title"] == "Ada is live"

    def test_makes_no_noise_the_second_time(self, stand_ins: StandIns) -> None:
        line = apns_line(stand_ins)

        line.send(passive=True)

        [entry] = line.seen()
        assert entry["priority"] == "5"
        assert "sound" not in entry["payload"]["aps"]

    def test_shows_one_token_for_a_whole_fleet(self, stand_ins: StandIns) -> None:
        client.tell(stand_ins.apns_url, "provider-tokens", {"limit": 1})
        shelf = MemoryShelf()

        for _ in range(3):
            assert apns_line(stand_ins, shelf).send() == [ACCEPTED]

    def test_tells_a_token_of_the_other_environment(self, stand_ins: StandIns) -> None:
        line = apns_line(stand_ins)
        batch = line.push()
        bad = {"status": 400, "reason": "BadDeviceToken"}
        client.tell(line.url, "devices", {batch[0].address: bad})

        [outcome] = line.provider.send(batch)

        assert outcome.verdict is Verdict.WRONG_ENV

    def test_mints_anew_when_its_token_has_expired(self, stand_ins: StandIns) -> None:
        shelf = MemoryShelf()
        line = apns_line(stand_ins, shelf)
        line.send()
        [(name, (token, minted_at))] = shelf.kept.items()
        shelf.kept[name] = (token, minted_at - 30 * 60)
        line.fail(status=403, body={"reason": "ExpiredProviderToken"})

        [refused] = line.send()
        [accepted] = line.send()

        assert (refused.verdict, accepted.verdict) == (Verdict.RETRY, Verdict.ACCEPTED)
        assert shelf.kept[name][1] >= minted_at

    def test_calls_for_a_person_when_a_young_token_has_expired(self, stand_ins: StandIns) -> None:
        line = apns_line(stand_ins)
        line.fail(status=403, body={"reason": "ExpiredProviderToken"})

        [outcome] = line.send()

        assert outcome.verdict is Verdict.CREDENTIALS

    def test_calls_for_a_person_when_the_key_cannot_be_read(
        self, stand_ins: StandIns, tmp_path: Path
    ) -> None:
        no_key = an_apns(stand_ins, key_file=str(tmp_path / "none.p8"))

        [outcome] = Line(no_key, stand_ins.apns_url, "apns_token").send()

        assert outcome.verdict is Verdict.CREDENTIALS
