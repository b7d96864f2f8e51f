"""Keys that open a whole channel: what they publish to, and how they are cut."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from apps.streams.contracts import IngestGrant
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.channels import Channel
from apps.streams.documents.keys import IngestKey
from apps.streams.errors import KeyNotFound, KeyRefused, StaleSession, TooManyKeys
from apps.streams.rules.channels import MAX_KEYS
from apps.streams.services import channels, keys, sessions
from tests.conftest import NOON
from tests.streams.builders import (
    ADA,
    LEASE_S,
    PEPPER,
    a_broadcast,
    a_session,
    an_ended_broadcast,
    announced,
    started,
    state_of,
)

RACES = 25
EVE = "01EVE00000000000000000000A"


def a_channel_key(label: str = "phone", creator_id: str = ADA) -> tuple[str, str]:
    return keys.make_channel_key(creator_id=creator_id, label=label, pepper=PEPPER)


def publish(secret: str, *, now: datetime = NOON) -> IngestGrant:
    return sessions.open_session(
        key=secret, session_id="s", pepper=PEPPER, lease_s=LEASE_S, now=now
    )


def beat(grant: IngestGrant) -> None:
    sessions.renew_session(
        broadcast_id=grant.broadcast_id, epoch=grant.epoch, lease_s=LEASE_S, now=NOON
    )


class TestAChannelKey:
    def test_publishes_to_what_is_on_air_before_what_is_newer(self) -> None:
        on_air = a_broadcast()
        started(a_session(on_air))
        a_broadcast(title="Newer")

        assert publish(a_channel_key()[1]).broadcast_id == on_air.id

    def test_publishes_to_the_newest_that_is_due(self) -> None:
        a_broadcast(title="Older")
        due = a_broadcast(starts_at=NOON + timedelta(minutes=14))
        a_broadcast(title="Next week", starts_at=NOON + timedelta(days=7))
        a_broadcast(title="Somebody else's", creator_id=EVE)

        assert publish(a_channel_key()[1]).broadcast_id == due.id

    def test_opens_a_broadcast_of_the_channels_kind_where_there_is_none(self) -> None:
        an_ended_broadcast()
        wanted = {"title_template": "Run of {date}", "visibility": "followers", "record": False}
        channels.change_settings(creator_id=ADA, changes={**wanted, "reconnect_window_s": 300})

        grant = started(publish(a_channel_key()[1]))

        found = Broadcast.objects.get(id=grant.broadcast_id)
        assert (found.title, found.visibility, found.record, found.reconnect_window_s) == (
            "Run of 2026-11-23",
            "followers",
            False,
            300,
        )
        assert found.state == "live"

    def test_opens_one_broadcast_for_all_encoders_that_come_together(self) -> None:
        an_ended_broadcast()
        for _ in range(RACES):
            secrets = [a_channel_key(f"camera {number}")[1] for number in range(4)]
            before = Broadcast.objects(creator_id=ADA).count()
            with ThreadPoolExecutor() as threads:
                grants = list(threads.map(publish, secrets))

            assert len({grant.broadcast_id for grant in grants}) == 1
            assert Broadcast.objects(creator_id=ADA).count() == before + 1
            Broadcast.objects.update(set__state="ended")
            IngestKey.objects.delete()

    def test_makes_what_somebody_claimed_and_did_not_live_to_make(self) -> None:
        Channel.objects.claim_next(ADA, after="", offered="01CLAIMED0000000000000000A")

        assert publish(a_channel_key()[1]).broadcast_id == "01CLAIMED0000000000000000A"

    def test_takes_over_from_another_key_of_the_channel_at_once(self) -> None:
        older = started(publish(a_channel_key("phone")[1]))

        newer = publish(a_channel_key("camera")[1])

        assert (newer.broadcast_id, newer.took_over) == (older.broadcast_id, True)
        with pytest.raises(StaleSession):
            beat(older)

    def test_comes_back_to_the_same_broadcast_within_the_window(self) -> None:
        _, secret = a_channel_key()
        first = started(publish(secret))
        sessions.stop_session(broadcast_id=first.broadcast_id, epoch=first.epoch, now=NOON)

        again = started(publish(secret, now=NOON), now=NOON)

        assert again.broadcast_id == first.broadcast_id
        assert announced(first.broadcast_id)[-1] == "broadcast.resumed"

    def test_remembers_when_it_was_used(self) -> None:
        key_id, secret = a_channel_key()

        publish(secret)

        assert IngestKey.objects.get(id=key_id).last_used_at == NOON

    def test_is_one_of_a_few(self) -> None:
        for _ in range(MAX_KEYS):
            a_channel_key()

        with pytest.raises(TooManyKeys):
            a_channel_key()


class TestRevoke:
    def test_cuts_what_publishes_with_it_and_opens_the_window(self) -> None:
        key_id, secret = a_channel_key()
        grant = started(publish(secret))

        keys.revoke_channel_key(key_id=key_id, creator_id=ADA, now=NOON)

        with pytest.raises(StaleSession):
            beat(grant)
        with pytest.raises(KeyRefused):
            publish(secret)
        told = Broadcast.objects.get(id=grant.broadcast_id).outbox[-1]
        assert (told["key"], told["data"]["reason"]) == ("broadcast.interrupted", "revoked")

    def test_leaves_alone_what_publishes_with_another(self) -> None:
        unused, _ = a_channel_key("old phone")
        grant = started(publish(a_channel_key("phone")[1]))

        keys.revoke_channel_key(key_id=unused, creator_id=ADA, now=NOON)
        beat(grant)

        assert state_of(grant.broadcast_id) == "live"

    def test_may_be_repeated_and_cuts_nothing_that_came_since(self) -> None:
        key_id, secret = a_channel_key()
        publish(secret)
        keys.revoke_channel_key(key_id=key_id, creator_id=ADA, now=NOON)
        grant = started(publish(a_channel_key("next")[1]))

        keys.revoke_channel_key(key_id=key_id, creator_id=ADA, now=NOON)
        sessions.sweep(now=NOON + timedelta(seconds=1))
        beat(grant)

        assert state_of(grant.broadcast_id) == "live"

    def test_is_finished_by_the_sweeper_where_its_caller_died(self) -> None:
        key_id, secret = a_channel_key()
        grant = started(publish(secret))
        IngestKey.objects.revoke(key_id, now=NOON)

        sessions.sweep(now=NOON + timedelta(seconds=1))

        with pytest.raises(StaleSession):
            beat(grant)

    def test_leaves_no_session_to_an_encoder_that_comes_at_the_same_moment(self) -> None:
        for _ in range(RACES):
            key_id, secret = a_channel_key("race")
            with ThreadPoolExecutor(2) as pool:
                coming = pool.submit(publish, secret)
                keys.revoke_channel_key(key_id=key_id, creator_id=ADA, now=NOON)
            with suppress(KeyRefused, StaleSession):
                beat(coming.result())
                pytest.fail("A session outlived its key.")

    @pytest.mark.parametrize("creator_id", [EVE, ""])
    def test_is_for_its_own_channel(self, creator_id: str) -> None:
        key_id, _ = a_channel_key()

        with pytest.raises(KeyNotFound):
            keys.revoke_channel_key(key_id=key_id, creator_id=creator_id, now=NOON)

    def test_is_not_for_the_key_of_a_broadcast(self) -> None:
        opened = a_broadcast()
        bound = str(IngestKey.objects.get(broadcast_id=opened.id).id)

        with pytest.raises(KeyNotFound):
            keys.revoke_channel_key(key_id=bound, creator_id=ADA, now=NOON)


class TestRotate:
    def test_keeps_the_label_and_opens_where_the_old_does_not(self) -> None:
        key_id, old = a_channel_key("phone")
        grant = started(publish(old))

        new_id, new = keys.rotate_channel_key(
            key_id=key_id, creator_id=ADA, pepper=PEPPER, now=NOON
        )

        assert IngestKey.objects.get(id=new_id).label == "phone"
        with pytest.raises(KeyRefused):
            publish(old)
        assert publish(new).broadcast_id == grant.broadcast_id
