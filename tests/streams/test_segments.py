"""Segments of a broadcast, and what else its recording shows over the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from apps.streams import public as streams
from apps.streams import wiring
from apps.streams.documents.recordings import Recording
from tests.accounts.builders import Caller
from tests.streams.calls import errors, go_live, played, problem, tell
from tests.streams.stages import INGEST_URL

pytestmark = pytest.mark.django_db

DVR = """#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:2
#EXT-X-PLAYLIST-TYPE:EVENT
#EXT-X-MAP:URI="init_1.mp4"
"""


@pytest.fixture
def ada() -> Caller:
    return Caller("ada")


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """An embedded ingest's folder, memory's editor and a storage of its own."""
    options = {"ingest_url": INGEST_URL, "directory": str(tmp_path / "live")}
    settings.STREAMS_MEDIA_ENGINE = ("embedded.EmbeddedIngest", options)
    settings.STREAMS_EDITOR = ("memory.MemoryEditor", {"seconds": 45.0})
    settings.STREAMS_WORK_DIRECTORY = str(tmp_path / "work")
    settings.MEDIA_ROOT = str(tmp_path / "stored")
    caches = (wiring.media_engine, wiring.editor)
    for cache in caches:
        cache.cache_clear()
    yield tmp_path / "live"
    for cache in caches:
        cache.cache_clear()


def on_air(folder: Path, broadcast_id: str, *, segments: int) -> None:
    """Write what the embedded ingest keeps of a broadcast since its first picture."""
    home = folder / broadcast_id
    home.mkdir(parents=True)
    (home / "init_1.mp4").write_bytes(b"init")
    listed = DVR
    for nth in range(segments):
        (home / f"1_{nth}.m4s").write_bytes(b"media" * (nth + 1))
        listed += f"#EXT-X-PROGRAM-DATE-TIME:2026-11-23T12:00:{nth * 2:02}.000Z\n"
        listed += f"#EXTINF:2.000000,\n1_{nth}.m4s\n"
    (home / "dvr.m3u8").write_text(listed)


def get(caller: Caller, path: str) -> Any:
    return caller.send("GET", path).json()


def published(caller: Caller, folder: Path) -> str:
    """Have a caller's broadcast end and go through the whole ledger; return its id."""
    session = go_live(caller)
    parts = folder / session.broadcast_id / "parts"
    parts.mkdir(parents=True)
    (parts / "0001.mp4").write_bytes(b"video")
    tell("stopped", session)
    caller.send("POST", f"broadcasts/{session.broadcast_id}/end")
    while streams.store_recording(broadcast_id=session.broadcast_id):
        pass
    recording = Recording.objects.get(broadcast_id=session.broadcast_id)
    streams.make_renditions(recording_id=recording.id)
    return session.broadcast_id


class TestSegmentsOfTheAir:
    def test_come_in_the_order_of_time_with_sizes_and_addresses(
        self, ada: Caller, folder: Path
    ) -> None:
        broadcast_id = go_live(ada).broadcast_id
        on_air(folder, broadcast_id, segments=3)

        first = get(ada, f"broadcasts/{broadcast_id}/segments?limit=2")
        second = get(ada, f"broadcasts/{broadcast_id}/segments?limit=2&cursor={first['next']}")

        items = first["items"] + second["items"]
        assert [one["number"] for one in items] == [0, 1, 2]
        assert [one["start_s"] for one in items] == [0.0, 2.0, 4.0]
        assert [one["size_bytes"] for one in items] == [5, 10, 15]
        assert items[2]["starts_at"] == "2026-11-23T12:00:04Z"
        assert played(items[2]["url"]) == b"media" * 3
        assert second["next"] is None

    def test_are_none_before_the_first_one(self, ada: Caller) -> None:
        broadcast_id = go_live(ada).broadcast_id

        assert get(ada, f"broadcasts/{broadcast_id}/segments") == {"items": [], "next": None}

    def test_play_from_the_beginning_while_on_air(self, ada: Caller, folder: Path) -> None:
        broadcast_id = go_live(ada).broadcast_id
        without = get(ada, f"broadcasts/{broadcast_id}/playback")
        on_air(folder, broadcast_id, segments=1)

        playback = get(ada, f"broadcasts/{broadcast_id}/playback")

        assert (without["dvr_url"], playback["hls_url"]) == ("", "")
        assert Client().get(playback["dvr_url"]).content.endswith(b"1_0.m4s\n")

    @pytest.mark.parametrize("query", ["cursor=-1", "cursor=x", "limit=0", "limit=101"])
    def test_are_asked_for_by_number(self, ada: Caller, query: str) -> None:
        broadcast_id = go_live(ada).broadcast_id

        answer = ada.send("GET", f"broadcasts/{broadcast_id}/segments?{query}")

        assert [field for field, _ in errors(answer)] == [query.partition("=")[0]]

    def test_are_nobodys_who_may_not_see_the_broadcast(self, ada: Caller) -> None:
        broadcast_id = go_live(ada, visibility="private").broadcast_id

        eve = Caller("eve")
        for route in ("segments", "recordings"):
            answer = eve.send("GET", f"broadcasts/{broadcast_id}/{route}")
            assert problem(answer) == (404, "broadcast-not-found")


class TestARecording:
    def test_shows_its_progress_and_what_it_lacks(self, ada: Caller, folder: Path) -> None:
        broadcast_id = published(ada, folder)

        (found,) = get(ada, f"broadcasts/{broadcast_id}/recordings")["items"]

        assert (found["state"], found["progress"]) == ("published", 100)
        assert found["qualities"] == [720, 480, 360, 240]
        assert (found["is_incomplete"], found["warnings"]) == (False, [])

    def test_plays_as_mp4_and_as_hls(self, ada: Caller, folder: Path) -> None:
        broadcast_id = published(ada, folder)

        playback = get(ada, f"broadcasts/{broadcast_id}/playback")

        assert Client().get(playback["url"]).status_code == 200
        master = Client().get(playback["hls_url"])
        rung = Client().get(playback["hls_url"].replace("index.m3u8", "v720.m3u8"))
        assert master["Content-Type"] == "application/vnd.apple.mpegurl"
        assert b"v720.m3u8" in master.content
        assert rung.content.endswith(b"#EXT-X-ENDLIST\n")

    def test_lists_the_segments_of_its_best_rendition(self, ada: Caller, folder: Path) -> None:
        broadcast_id = published(ada, folder)

        items = get(ada, f"broadcasts/{broadcast_id}/segments")["items"]

        assert [one["start_s"] for one in items] == [0.0, 20.0, 40.0]
        body = played(items[1]["url"])
        assert len(body) == items[1]["size_bytes"] > 0

    @pytest.mark.parametrize(
        "name", ["vod/../x.mp4", "vod/%2e%2e/x.mp4", "vod/pieces/x.m4s", "vod/", "vod/x.txt"]
    )
    def test_leads_to_no_other_file(self, ada: Caller, folder: Path, name: str) -> None:
        broadcast_id = published(ada, folder)
        url = streams.sign_file(broadcast_id=broadcast_id, name="vod/index.m3u8", viewer_id=ada.id)

        assert Client().get(url.replace("vod/index.m3u8", name)).status_code == 404


class TestRemovingARecording:
    def test_hides_it_at_once_and_deletes_its_files(
        self, ada: Caller, folder: Path, tmp_path: Path
    ) -> None:
        broadcast_id = published(ada, folder)
        recording_id = Recording.objects.get(broadcast_id=broadcast_id).id
        url = get(ada, f"broadcasts/{broadcast_id}/playback")["url"]

        answer = ada.send("DELETE", f"recordings/{recording_id}")
        gone = streams.purge_recording(recording_id=recording_id)

        assert answer.status_code == 204
        assert gone > 10
        assert problem(ada.send("GET", f"recordings/{recording_id}")) == (
            *(404, "recording-not-found"),
        )
        assert get(ada, f"broadcasts/{broadcast_id}/recordings")["items"] == []
        assert Client().get(url).status_code == 404
        assert [path for path in (tmp_path / "stored").rglob("*") if path.is_file()] == []
        assert not list((folder / broadcast_id / "parts").glob("*.mp4"))

    def test_is_its_creators_only(self, ada: Caller, folder: Path) -> None:
        recording_id = Recording.objects.get(broadcast_id=published(ada, folder)).id

        answer = Caller("eve").send("DELETE", f"recordings/{recording_id}")

        assert problem(answer) == (403, "not-your-broadcast")
        assert Recording.objects.get(id=recording_id).state == "published"
