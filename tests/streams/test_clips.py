"""Clips: asked for over the API by the creator, cut by a worker, watched by who may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from apps.streams import public as streams
from apps.streams import wiring
from apps.streams.adapters.ffmpeg import FfmpegEditor
from apps.streams.contracts import ClipDraft, LiveSegments
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.clips import Clip
from apps.streams.errors import EditorDown
from apps.streams.services import clips
from kit.ids import new_id
from tests.accounts.builders import Caller
from tests.conftest import NOON
from tests.streams.builders import ADA, a_live_broadcast, a_stored_recording, an_ended_broadcast
from tests.streams.calls import Session, errors, go_live, played, problem, tell
from tests.streams.test_revocation import after_verdicts_ended, change_password, sign_out
from tests.streams.workshops import Stage, a_video

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Caller:
    return Caller("ada")


@pytest.fixture
def eve() -> Caller:
    return Caller("eve")


@pytest.fixture(autouse=True)
def _memory_engine(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.STREAMS_MEDIA_ENGINE = ("memory.Memory", {})
    settings.STREAMS_EDITOR = ("memory.MemoryEditor", {"seconds": 40.0})
    settings.STREAMS_WORK_DIRECTORY = str(tmp_path / "work")
    settings.MEDIA_ROOT = str(tmp_path / "stored")
    caches = (wiring.media_engine, wiring.editor)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def a_recording_of(caller: Caller, tmp_path: Path, **wanted: object) -> Any:
    """Have a caller's broadcast end and its recording of 40 s stored."""
    session = go_live(caller, **wanted)
    tell("stopped", session)
    caller.send("POST", f"broadcasts/{session.broadcast_id}/end")
    made = a_stored_recording(session.broadcast_id, storage_name="recordings/x.mp4")
    stored = tmp_path / "stored" / "recordings" / "x.mp4"
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_bytes(b"video")
    return made


def on_air(session: Session, tmp_path: Path, segments: int = 5) -> None:
    """Give the engine so many segments of a session."""
    names = [tmp_path / f"{nth}.m4s" for nth in range(segments + 1)]
    for name in names:
        name.write_bytes(name.name.encode())
    init, *media = map(str, names)
    engine: Any = wiring.media_engine()
    engine.segments[session.broadcast_id] = LiveSegments(init=init, segments=media)


class TestClipOfARecording:
    def test_is_cut_kept_and_watched(self, ada: Caller, tmp_path: Path) -> None:
        recording = a_recording_of(ada, tmp_path)

        asked = ada.send("POST", f"recordings/{recording.id}/clips", {"start_s": 5, "end_s": 15.5})
        streams.make_clip(clip_id=asked.json()["id"])
        ready = ada.send("GET", f"clips/{asked.json()['id']}").json()

        assert (asked.status_code, asked.json()["state"], asked.json()["url"]) == (
            *(201, "queued"),
            "",
        )
        assert (ready["state"], ready["progress"], ready["mode"]) == ("ready", 100, "keyframes")
        assert played(ready["url"]) == b"video"
        outbox = Clip.objects.get(id=ready["id"]).outbox
        assert [event["key"] for event in outbox] == ["clip.ready"]

    @pytest.mark.parametrize(
        ("span", "code"),
        [
            ({"start_s": 10, "end_s": 10}, "clip-out-of-bounds"),
            ({"start_s": 20, "end_s": 10}, "clip-out-of-bounds"),
            ({"start_s": 30, "end_s": 40.5}, "clip-out-of-bounds"),
            ({"start_s": 10, "end_s": 10.5}, "clip-length"),
        ],
    )
    def test_lies_within_the_recording(
        self, ada: Caller, tmp_path: Path, span: dict[str, float], code: str
    ) -> None:
        recording = a_recording_of(ada, tmp_path)

        answer = ada.send("POST", f"recordings/{recording.id}/clips", span)

        assert problem(answer) == (422, code)

    @pytest.mark.parametrize(
        ("sent", "wrong"),
        [
            ({"start_s": -1, "end_s": 5}, ("start_s", "min-value")),
            ({"start_s": 1}, ("end_s", "required")),
            ({"start_s": 1, "end_s": 5, "mode": "fast"}, ("mode", "invalid-choice")),
            ({"start_s": 1, "end_s": 5, "speed": 2}, ("speed", "unknown")),
        ],
    )
    def test_is_asked_for_in_numbers(
        self, ada: Caller, tmp_path: Path, sent: dict[str, object], wrong: tuple[str, str]
    ) -> None:
        recording = a_recording_of(ada, tmp_path)

        answer = ada.send("POST", f"recordings/{recording.id}/clips", sent)

        assert errors(answer) == [wrong]

    def test_waits_for_the_recording(self, ada: Caller, tmp_path: Path) -> None:
        recording = a_recording_of(ada, tmp_path)
        recording.update(set__state="found")

        answer = ada.send("POST", f"recordings/{recording.id}/clips", {"start_s": 1, "end_s": 5})

        assert problem(answer) == (409, "recording-not-stored")

    def test_is_its_creators_to_cut_and_everybodys_to_see(
        self, ada: Caller, eve: Caller, tmp_path: Path
    ) -> None:
        recording = a_recording_of(ada, tmp_path)
        path, span = f"recordings/{recording.id}/clips", {"start_s": 1, "end_s": 5}
        made = ada.send("POST", path, span).json()

        assert problem(eve.send("POST", path, span)) == (403, "not-your-broadcast")
        assert problem(eve.send("DELETE", f"clips/{made['id']}")) == (403, "not-your-broadcast")
        assert eve.send("GET", f"clips/{made['id']}").status_code == 200
        assert [one["id"] for one in eve.send("GET", path).json()["items"]] == [made["id"]]

    def test_does_not_exist_for_who_may_not_see_the_broadcast(
        self, ada: Caller, eve: Caller, tmp_path: Path
    ) -> None:
        recording = a_recording_of(ada, tmp_path, visibility="private")
        path = f"recordings/{recording.id}/clips"
        made = ada.send("POST", path, {"start_s": 1, "end_s": 5}).json()

        assert problem(eve.send("GET", f"clips/{made['id']}")) == (404, "clip-not-found")
        assert eve.send("GET", path).status_code == 404
        assert eve.send("POST", path, {"start_s": 1, "end_s": 5}).status_code == 404

    def test_goes_with_its_file(self, ada: Caller, tmp_path: Path) -> None:
        recording = a_recording_of(ada, tmp_path)
        path = f"recordings/{recording.id}/clips"
        made = ada.send("POST", path, {"start_s": 1, "end_s": 5}).json()
        streams.make_clip(clip_id=made["id"])
        url = ada.send("GET", f"clips/{made['id']}").json()["url"]

        gone = ada.send("DELETE", f"clips/{made['id']}")

        assert gone.status_code == 204
        assert problem(ada.send("GET", f"clips/{made['id']}")) == (404, "clip-not-found")
        assert Client().get(url).status_code == 404
        assert ada.send("GET", path).json() == {"items": [], "next": None}
        assert not any((tmp_path / "stored").rglob("clips/*"))

    def test_comes_in_pages(self, ada: Caller, tmp_path: Path) -> None:
        recording = a_recording_of(ada, tmp_path)
        path = f"recordings/{recording.id}/clips"
        made = [
            ada.send("POST", path, {"start_s": nth, "end_s": 9}).json()["id"] for nth in range(3)
        ]

        first = ada.send("GET", f"{path}?limit=2").json()
        second = ada.send("GET", f"{path}?limit=2&cursor={first['next']}").json()

        assert [one["id"] for one in first["items"] + second["items"]] == made[::-1]
        assert second["next"] is None


class TestClipOfTheAir:
    def test_is_the_end_of_what_was_there_when_it_was_asked_for(
        self, ada: Caller, tmp_path: Path
    ) -> None:
        session = go_live(ada)
        on_air(session, tmp_path)

        asked = ada.send("POST", f"broadcasts/{session.broadcast_id}/clips", {"last_s": 3})
        on_air(session, tmp_path / "..", segments=1)
        streams.make_clip(clip_id=asked.json()["id"])

        editor: Any = wiring.editor()
        (cut,) = editor.cuts
        assert (cut.start_s, cut.end_s) == (37.0, 40.0)
        ready = ada.send("GET", f"clips/{asked.json()['id']}").json()
        assert played(ready["url"]) == b"0.m4s2.m4s3.m4s4.m4s5.m4s"

    def test_needs_something_on_air(self, ada: Caller) -> None:
        session = go_live(ada)

        answer = ada.send("POST", f"broadcasts/{session.broadcast_id}/clips", {"last_s": 30})

        assert problem(answer) == (409, "no-footage")

    def test_fails_where_its_segments_are_gone(self, ada: Caller, tmp_path: Path) -> None:
        session = go_live(ada)
        on_air(session, tmp_path)
        asked = ada.send("POST", f"broadcasts/{session.broadcast_id}/clips", {"last_s": 3})
        for segment in tmp_path.glob("*.m4s"):
            segment.unlink()

        streams.make_clip(clip_id=asked.json()["id"])

        failed = ada.send("GET", f"clips/{asked.json()['id']}").json()
        assert (failed["state"], failed["url"]) == ("failed", "")
        outbox = Clip.objects.get(id=failed["id"]).outbox
        assert [event["key"] for event in outbox] == ["clip.failed"]

    def test_is_its_creators_only(self, ada: Caller, eve: Caller, tmp_path: Path) -> None:
        session = go_live(ada)
        on_air(session, tmp_path)

        answer = eve.send("POST", f"broadcasts/{session.broadcast_id}/clips", {"last_s": 3})

        assert problem(answer) == (403, "not-your-broadcast")


class TestMakeClip:
    def test_gives_up_after_a_few_tries(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path)
        live = a_live_broadcast()
        footage = LiveSegments(init=str(tmp_path / "i"), segments=[str(tmp_path / "s")])
        for name in "is":
            (tmp_path / name).write_bytes(b"video")
        asked = clips.ask_for_live_clip(
            broadcast_id=live.broadcast_id,
            creator_id=ADA,
            draft=ClipDraft(last_s=5),
            live=footage,
            now=NOON,
        )
        stage.editor.is_down = True

        for _ in range(4):
            with pytest.raises(EditorDown):
                clips.make_clip(clip_id=asked.id, workshop=stage.workshop)
        clips.make_clip(clip_id=asked.id, workshop=stage.workshop)

        assert Clip.objects.get(id=asked.id).state == "failed"

    def test_leaves_nothing_of_what_was_taken_back_meanwhile(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path)
        ended = an_ended_broadcast()
        stage.parts.leave(ended, b"video")
        stored = stage.store(ended)
        recording = streams.get_recording(recording_id=stored.id)
        asked = clips.ask_for_clip(
            recording=recording, draft=ClipDraft(start_s=1, end_s=9), now=NOON
        )

        def clock() -> object:
            if stage.editor.cuts:
                Clip.objects.remove(asked.id)
            return NOON

        clips.make_clip(clip_id=asked.id, workshop=stage.changed(clock=clock))

        assert [name for name in stage.vault.files if "clips" in name] == []
        assert Clip.objects.get(id=asked.id).state == "removed"

    @pytest.mark.media
    def test_cuts_real_segments_to_the_last_seconds(self, tmp_path: Path) -> None:
        stage = Stage(tmp_path)
        live = a_live_broadcast()
        options = "-f hls -hls_time 1 -hls_list_size 0 -hls_segment_type fmp4"
        a_video(tmp_path / "hls" / "index.m3u8", seconds=8, options=options)
        media = sorted((tmp_path / "hls").glob("*.m4s"))
        footage = LiveSegments(
            init=str(tmp_path / "hls" / "init.mp4"), segments=[str(one) for one in media]
        )
        asked = clips.ask_for_live_clip(
            broadcast_id=live.broadcast_id,
            creator_id=ADA,
            draft=ClipDraft(last_s=3, mode="exact"),
            live=footage,
            now=NOON,
        )

        clips.make_clip(clip_id=asked.id, workshop=stage.changed(editor=FfmpegEditor()))

        found = Clip.objects.get(id=asked.id)
        assert (found.state, found.width, found.height) == ("ready", 320, 180)
        assert found.duration_s == pytest.approx(3, abs=0.15)


class TestEveryRoute:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            *(("GET", "clips/{id}"), ("DELETE", "clips/{id}")),
            *(("GET", "recordings/{id}/clips"), ("POST", "recordings/{id}/clips")),
            *(("GET", "broadcasts/{id}/clips"), ("POST", "broadcasts/{id}/clips")),
        ],
    )
    def test_is_for_people_who_logged_in(self, method: str, path: str) -> None:
        answer = Client().generic(method, f"/api/v1/{path.format(id=new_id())}")

        assert problem(answer) == (401, "not-authenticated")


@pytest.mark.parametrize("revoke", [sign_out, change_password], ids=lambda one: one.__name__)
@pytest.mark.parametrize("listed", ["", "recordings/{recording}/clips", "broadcasts/{air}/clips"])
def test_a_clips_address_ends_with_the_sign_in_it_was_made_in(
    ada: Caller, eve: Caller, tmp_path: Path, listed: str, revoke: Any
) -> None:
    recording = a_recording_of(ada, tmp_path)
    asked = ada.send("POST", f"recordings/{recording.id}/clips", {"start_s": 1, "end_s": 5})
    clip_id = asked.json()["id"]
    streams.make_clip(clip_id=clip_id)
    path = listed.format(recording=recording.id, air=recording.broadcast_id)
    told = eve.send("GET", path or f"clips/{clip_id}").json()
    (clip,) = told["items"] if path else [told]
    assert played(clip["url"]) == b"video"

    revoke(ada, eve)
    after_verdicts_ended()

    assert problem(Client().get(clip["url"])) == (403, "playback-refused")


def test_a_clip_is_not_found_below_another_broadcasts_address(ada: Caller, tmp_path: Path) -> None:
    recording = a_recording_of(ada, tmp_path)
    asked = ada.send("POST", f"recordings/{recording.id}/clips", {"start_s": 1, "end_s": 5})
    streams.make_clip(clip_id=asked.json()["id"])
    other = go_live(ada).broadcast_id

    url = streams.sign_file(
        broadcast_id=other, name=f"clips/{asked.json()['id']}.mp4", viewer_id=ada.id
    )

    assert Client().get(url).status_code == 404
    assert Broadcast.objects(id=other).count() == 1
