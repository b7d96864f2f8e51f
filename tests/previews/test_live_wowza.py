"""A running broadcast whose engine serves its segments itself: its card moves as well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from pytest_django import Settings

import sandbox
from apps.previews import public as previews
from apps.previews import wiring
from apps.previews.contracts import Subject
from apps.streams import wiring as streams_wiring
from apps.streams.tasks import poll_engine
from sandbox import client
from sandbox.threaded import StandIns
from tests.accounts.builders import Caller
from tests.previews import looking
from tests.previews.builders import the_set
from tests.previews.media import Studio
from tests.streams.calls import open_broadcast
from tests.streams.stages import wowza_options

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.media,
    pytest.mark.usefixtures("indexes"),
]


@pytest.fixture
def stand_ins(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[StandIns]:
    """Wowza's stand-in as the application's engine."""
    with sandbox.serve(tmp_path_factory.mktemp("sandbox")) as stand_ins:
        options = wowza_options(stand_ins)
        settings.STREAMS_MEDIA_ENGINE = ("wowza_engine.adapter.WowzaEngine", options)
        streams_wiring.media_engine.cache_clear()
        streams_wiring.media_engine().ensure()
        yield stand_ins
    streams_wiring.media_engine.cache_clear()


def test_is_made_of_the_newest_segments(stand_ins: StandIns, studio: Studio) -> None:
    wiring.maker.cache_clear()
    opened = open_broadcast(Caller("ada"))
    broadcast_id, key = opened["broadcast"]["id"], opened["ingest"]["key"]
    footage = studio.in_container("same.ts")
    encoder = {"app": "live", "name": key, "video": str(footage)}
    client.tell(stand_ins.wowza_url, "streams", encoder)
    poll_engine()

    previews.refresh_live(broadcast_id=broadcast_id)

    made = the_set(Subject.BROADCAST, broadcast_id)
    clips = [asset for asset in made.assets if asset.kind == "preview"]
    assert clips
    for clip in clips:
        seen = looking.watch(Path(default_storage.path(clip.name)))
        width, height = seen.size
        assert width > height
        assert seen.duration_s > 1
