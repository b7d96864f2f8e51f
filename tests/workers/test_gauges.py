"""What the web's /metrics says of queues, dead letters and outboxes, also with stores away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from kombu import Connection
from prometheus_client.parser import text_string_to_metric_families

from apps.previews.contracts import ShareState
from kit.scrapes import ASKED
from tests.conftest import NOON
from tests.previews.builders import a_recording, a_waiting_set
from tests.previews.test_shares import a_share
from tests.services import wait_until
from tests.workers.bells import a_document_that_announces
from tests.workers.letters import a_row
from workers.gauges import DEADLINE_S, QueueGauges


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Scrapes are cached for some seconds; each test asks a collector of its own."""
    kept = list(ASKED._collector_to_names)
    for one in kept:
        ASKED.unregister(one)
    mine = QueueGauges()
    ASKED.register(mine)
    yield
    ASKED.unregister(mine)
    for one in kept:
        ASKED.register(one)


def scraped() -> dict[tuple[str, ...], float]:
    """Return values by name and labels' values."""
    answer = Client().get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


class TestGauges:
    def test_tell_queues_dead_letters_and_outboxes(self, on_broker: Connection) -> None:
        for _ in range(3):
            on_broker.Producer(auto_declare=False).publish(
                b"[[], {}, {}]", exchange="", routing_key="previews"
            )
        a_row(queue="social")
        a_document_that_announces("one", "two")
        a_waiting_set(since=NOON)
        for state in (ShareState.QUEUED, ShareState.QUEUED, ShareState.FAILED, ShareState.READY):
            a_share(a_recording(), state=state)

        said = scraped()

        assert said["showrunner_preview_sets", "pending"] == 1
        assert said["showrunner_preview_sets", "failed"] == 0
        assert said["showrunner_preview_oldest_waiting_seconds",] > 0
        shares = [key[1:] for key in said if key[0] == "showrunner_preview_shares"]
        assert shares == [("queued",), ("running",), ("failed",), ("cancelled",)]
        assert said["showrunner_preview_shares", "queued"] == 2
        assert said["showrunner_preview_shares", "failed"] == 1
        assert said["showrunner_broker_up",] == 1
        assert said["showrunner_queue_ready", "previews"] == 3
        assert said["showrunner_queue_consumers", "previews"] == 0
        assert said["showrunner_dead_letters_waiting", "social"] == 1
        assert said["showrunner_dead_letters_waiting", "previews"] == 0
        assert said["showrunner_outbox_pending",] == 2
        age_s = time.time() - NOON.timestamp()
        for oldest in ("outbox_oldest_seconds", "preview_share_oldest_waiting_seconds"):
            assert abs(said[f"showrunner_{oldest}",] - age_s) < 30

    def test_ask_anew_only_after_a_while(self) -> None:
        assert scraped()["showrunner_dead_letters_waiting", "social"] == 0
        a_row(queue="social")

        assert scraped()["showrunner_dead_letters_waiting", "social"] == 0
        assert wait_until(
            lambda: scraped()["showrunner_dead_letters_waiting", "social"] == 1, within_s=20
        )

    def test_say_that_the_broker_is_away(self, settings: Any) -> None:
        settings.CELERY = {**django_settings.CELERY, "broker_url": "redis://127.0.0.1:1/0"}

        said = scraped()

        assert said["showrunner_broker_up",] == 0
        assert not [key for key in said if key[0].startswith("showrunner_queue_")]
        assert said["showrunner_outbox_pending",] == 0

    def test_do_not_wait_for_a_broker_that_hangs(self, settings: Any) -> None:
        # TEST-NET-1 (RFC 5737): nobody answers, nobody refuses
        settings.CELERY = {**django_settings.CELERY, "broker_url": "redis://192.0.2.1:6379/0"}
        began = time.monotonic()

        said = scraped()

        assert said["showrunner_broker_up",] == 0
        assert time.monotonic() - began < DEADLINE_S + 3

    @pytest.mark.usefixtures("documents_away")
    def test_leave_out_what_the_documents_know(self) -> None:
        said = scraped()

        assert said["showrunner_broker_up",] == 1
        names = {key[0] for key in said}
        assert "showrunner_queue_ready" in names
        assert "showrunner_outbox_pending" not in names
        assert "showrunner_dead_letters_waiting" not in names
