"""The people and videos behind `api.home_cached`: `bench.on_django bench.feed`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from django.core.management import call_command

from apps.accounts import public as accounts
from apps.previews.contracts import Subject
from bench.processes import obey
from kit.documents import sync_indexes
from kit.ids import new_id
from tests.accounts.builders import a_person
from tests.gateway.builders import a_preview_set, a_token
from tests.streams.builders import (
    a_broadcast,
    a_live_broadcast,
    a_stored_recording,
    an_ended_broadcast,
)

FOLLOWERS: Final = 3
LIVE: Final = 2
UPCOMING: Final = 2
RECENT: Final = 4


def fill() -> str:
    """Store a feed of eight cards; return the access token of one who follows the creator."""
    call_command("migrate", verbosity=0)
    sync_indexes()
    now = datetime.now(UTC)
    creator = _a_new_person()
    followers = [_a_new_person() for _ in range(FOLLOWERS)]
    for follower in followers:
        accounts.follow(follower_id=follower, creator_id=creator)
    for _ in range(LIVE):
        live = a_live_broadcast(creator_id=creator, title="Sunset", since=now).broadcast_id
        a_preview_set(Subject.BROADCAST, live, now=now)
    for days in range(1, UPCOMING + 1):
        starts_at = now + timedelta(days=days)
        a_broadcast(creator_id=creator, title="Soon", starts_at=starts_at, now=now)
    for _ in range(RECENT):
        recording = a_stored_recording(an_ended_broadcast(at=now, title="The harbour at night"))
        a_preview_set(Subject.RECORDING, recording.id, now=now)
    return a_token(followers[0])


def _a_new_person() -> str:
    return a_person(new_id().lower())


def main() -> None:
    obey({"fill": fill})
