"""The desks of streams beside the list of broadcasts: one broadcast, keys, channels."""

from __future__ import annotations

import pytest

from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.channels import Channel
from apps.streams.documents.keys import IngestKey
from apps.streams.services import channels, keys, sessions
from kit.documents import utc_now
from kit.ids import new_id
from tests.accounts.builders import a_person, a_staff_member
from tests.admin.test_desk import listed, signed_in, text
from tests.streams.builders import (
    PEPPER,
    a_broadcast,
    a_live_broadcast,
    an_ended_broadcast,
    state_of,
)

pytestmark = pytest.mark.django_db

BROADCASTS = "/admin/streams/broadcastdesk/"
KEYS = "/admin/streams/keydesk/"
CHANNELS = "/admin/streams/channeldesk/"


class TestActions:
    @pytest.mark.parametrize(
        ("desk", "name"), [(BROADCASTS, "remove"), (KEYS, "revoke"), (CHANNELS, "limit")]
    )
    def test_are_for_whoever_may(self, desk: str, name: str) -> None:
        seen = ("broadcastdesk", "keydesk", "channeldesk")
        rights = [*(f"streams.view_{one}" for one in seen), "streams.end_broadcast"]

        answer = signed_in(a_staff_member(*rights)).post(
            f"{desk}do/{name}/", {"row": new_id(), "confirmed": "yes", "note": "x"}
        )

        assert answer.status_code == 403


class TestOneBroadcast:
    def test_shows_its_session_its_lease_and_why_the_last_one_stopped(self) -> None:
        grant = a_live_broadcast(since=utc_now(), creator_id=a_person("ada"))
        sessions.stop_session(
            broadcast_id=grant.broadcast_id, epoch=grant.epoch, now=utc_now(), reason="idle"
        )
        found = Broadcast.objects.get(id=grant.broadcast_id)

        page = signed_in(a_staff_member("streams.view_broadcastdesk")).get(
            f"{BROADCASTS}{grant.broadcast_id}/"
        )

        for shown in ("Launch", "@ada", "interrupted", "idle", found.key_id):
            assert shown in text(page)
        assert f"{found.reconnect_until:%Y-%m-%d %H:%M:%S} UTC" in text(page)

    def test_is_found_by_its_id_in_any_state(self) -> None:
        ended = an_ended_broadcast()
        client = signed_in(a_staff_member("streams.view_broadcastdesk"))

        assert listed(client.get(BROADCASTS)) == []
        assert listed(client.get(BROADCASTS, {"q": ended})) == [ended]

    def test_that_is_none_is_not_found(self) -> None:
        client = signed_in(a_staff_member("streams.view_broadcastdesk"))

        assert client.get(f"{BROADCASTS}{new_id()}/").status_code == 404

    def test_is_removed_by_whoever_may(self) -> None:
        grant = a_live_broadcast()
        staff = a_staff_member("streams.view_broadcastdesk", "streams.remove_broadcast")
        sent = {"row": grant.broadcast_id, "confirmed": "yes", "note": "Rude."}

        answer = signed_in(staff).post(f"{BROADCASTS}do/remove/", sent, follow=True)

        assert "1 broadcast removed." in text(answer)
        assert state_of(grant.broadcast_id) == "removed"
        ended, removed = Broadcast.objects.get(id=grant.broadcast_id).outbox[-2:]
        assert (ended["key"], removed["key"]) == ("broadcast.ended", "broadcast.removed")
        assert (removed["data"]["removed_by"], removed["data"]["note"]) == (staff.pk, "Rude.")


class TestKeys:
    def test_are_listed_without_secrets_and_found_by_their_creator(self) -> None:
        ada, eve = a_person("ada"), a_person("eve")
        key_id, secret = keys.make_channel_key(creator_id=ada, label="Phone", pepper=PEPPER)
        a_broadcast(creator_id=eve)
        client = signed_in(a_staff_member("streams.view_keydesk"))

        page = client.get(KEYS)

        for shown in ("Phone", "@ada", "the channel", "no label", "@eve"):
            assert shown in text(page)
        assert secret not in page.content.decode()
        assert IngestKey.objects.get(id=key_id).digest not in page.content.decode()
        assert listed(client.get(KEYS, {"q": ada})) == [key_id]

    def test_are_revoked_by_whoever_may(self) -> None:
        grant = a_live_broadcast()
        key_id = str(IngestKey.objects.get(broadcast_id=grant.broadcast_id).id)
        sent = {"row": key_id, "confirmed": "yes"}
        client = signed_in(a_staff_member("streams.view_keydesk", "streams.revoke_key"))

        answer = client.post(f"{KEYS}do/revoke/", sent, follow=True)

        assert "1 stream key revoked." in text(answer)
        assert listed(answer) == []
        assert state_of(grant.broadcast_id) == "interrupted"


class TestChannels:
    @pytest.mark.parametrize(
        ("said", "kept", "shown"), [("90", 90, "90"), ("0", 0, "any"), ("", None, "as usual")]
    )
    def test_are_given_a_limit(self, said: str, kept: int | None, shown: str) -> None:
        ada = a_person("ada")
        channels.change_settings(creator_id=ada, changes={"monthly_minutes": 5})
        rights = ("streams.view_channeldesk", "streams.limit_channel")
        client = signed_in(a_staff_member(*rights))

        answer = client.post(
            f"{CHANNELS}do/limit/",
            {"row": ada, "confirmed": "yes", "minutes": said},
            follow=True,
        )

        assert "1 channel limited." in text(answer)
        assert Channel.objects.get(id=ada).monthly_minutes == kept
        assert f"@ada {shown}" in text(answer)

    @pytest.mark.parametrize("said", ["-1", "1.5", "many", "٣", "1" * 7])
    def test_are_given_no_limit_that_is_none(self, said: str) -> None:
        ada = a_person("ada")
        channels.change_settings(creator_id=ada, changes={"monthly_minutes": 5})
        rights = ("streams.view_channeldesk", "streams.limit_channel")

        answer = signed_in(a_staff_member(*rights)).post(
            f"{CHANNELS}do/limit/",
            {"row": ada, "confirmed": "yes", "minutes": said},
            follow=True,
        )

        assert "Minutes are a whole number" in text(answer)
        assert Channel.objects.get(id=ada).monthly_minutes == 5
