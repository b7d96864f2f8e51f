"""What the web's /metrics says of broadcasts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from kit.documents import utc_now
from kit.scrapes import ASKED
from tests.streams.builders import a_broadcast, a_live_broadcast, a_session, started
from tests.workers.test_gauges import scraped
from workers.broadcast_gauges import BroadcastGauges


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    """Scrapes are cached for some seconds; each test asks a collector of its own."""
    kept = list(ASKED._collector_to_names)
    for one in kept:
        ASKED.unregister(one)
    mine = BroadcastGauges()
    ASKED.register(mine)
    yield
    ASKED.unregister(mine)
    for one in kept:
        ASKED.register(one)


class TestBroadcastGauges:
    def test_count_by_state_and_what_the_sweeper_should_have_seen(self) -> None:
        a_broadcast()
        a_broadcast(starts_at=utc_now() + timedelta(days=1))
        a_live_broadcast(since=utc_now() - timedelta(minutes=1))
        opened = a_broadcast(now=utc_now())
        started(a_session(opened, now=utc_now()), now=utc_now())

        said = scraped()

        by_state = {
            key[1]: value for key, value in said.items() if key[0] == "showrunner_broadcasts"
        }
        assert by_state == {"scheduled": 1, "ready": 1, "live": 2, "interrupted": 0}
        assert said["showrunner_leases_lapsed",] == 1

    @pytest.mark.usefixtures("documents_away")
    def test_leave_out_what_nobody_knows(self) -> None:
        assert not [key for key in scraped() if key[0] == "showrunner_broadcasts"]
