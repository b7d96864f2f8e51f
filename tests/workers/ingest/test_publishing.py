"""An encoder publishes: what is on disk, what the backend hears, and who is refused."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from apps.streams.adapters.embedded import EmbeddedIngest
from tests.workers.ingest.stand import Hook, Ingest, a_clip, an_ingest, ended, eventually, frames

pytestmark = [pytest.mark.media, pytest.mark.waits]


class TestPublish:
    def test_makes_a_playlist_segments_and_a_part_that_play(
        self, ingest: Ingest, hook: Hook, clip: Path
    ) -> None:
        encoder = ingest.publish(clip, "plays")
        hook.told("plays", "stopped")

        played = frames(ended(ingest, "plays"))
        recorded = frames(ingest.of("plays") / "parts" / "0001.mp4")
        heard = frames(ingest.of("plays") / "parts" / "0001.mp4", "audio")
        assert encoder.wait(10) == 0
        assert len(played) == len(recorded) == 180
        assert recorded[0] < 0.2
        assert 5.8 < recorded[-1] < 6.2
        assert 5.8 < heard[-1] < 6.2

    def test_tells_the_backend_in_order(self, ingest: Ingest, hook: Hook, clip: Path) -> None:
        ingest.publish(clip, "order")

        hook.told("order", "stopped")
        asked, started, *_, stopped = hook.of("order")
        ids = {"session_id": asked["session_id"], "broadcast_id": "Border", "epoch": 1}
        assert hook.words("order") == ["publish", "started", "stopped"]
        assert asked["app"] == "live"
        assert asked["remote"] == "127.0.0.1"
        assert started == {"event": "started", **ids}
        assert stopped.items() >= {"event": "stopped", "reason": "left", **ids}.items()
        assert 5.8 < float(str(stopped["duration_s"])) < 6.2
        assert int(str(stopped["received_bytes"])) > clip.stat().st_size * 0.9
        assert not hook.unsigned

    def test_lists_only_whole_segments_and_never_an_end(
        self, ingest: Ingest, hook: Hook, clip: Path
    ) -> None:
        ingest.publish(clip, "whole", live=True)
        hook.told("whole", "started")

        index = ingest.index("whole")
        listed = [line for line in index.splitlines() if not line.startswith("#")]
        assert "#EXT-X-TARGETDURATION:2\n" in index
        assert '#EXT-X-MAP:URI="init_1.mp4"' in index
        assert "#EXT-X-ENDLIST" not in index
        assert "#EXT-X-DISCONTINUITY\n" not in index
        assert listed[0] == "1_0.m4s"
        assert len(frames(ended(ingest, "whole"))) == 60 * len(listed)

    def test_takes_pictures_without_sound_and_two_encoders_at_once(
        self, ingest: Ingest, hook: Hook, clip: Path, tmp_path: Path
    ) -> None:
        mute = a_clip(tmp_path / "mute.flv", seconds=4, sound=False)
        ingest.publish(clip, "first", live=True)
        ingest.publish(mute, "second", live=True)

        started = hook.told("first", "started") and hook.told("second", "started")
        assert started
        assert ingest.sessions() == 2
        assert len(frames(ended(ingest, "first"))) >= 60
        assert len(frames(ended(ingest, "second"))) >= 60

    def test_begins_anew_under_the_same_session_when_the_encoder_turns(
        self, ingest: Ingest, hook: Hook, tmp_path: Path
    ) -> None:
        wide = a_clip(tmp_path / "wide.flv", seconds=4)
        tall = a_clip(tmp_path / "tall.flv", seconds=4, size="180x320")
        turned = tmp_path / "turned.flv"
        turned.write_bytes(wide.read_bytes() + _later(tall.read_bytes()[13:], 4000))

        ingest.publish(turned, "turns")

        hook.told("turns", "stopped")
        index = ingest.index("turns")
        assert hook.words("turns") == ["publish", "started", "stopped"]
        assert index.index("1_1.m4s") < index.index("#EXT-X-DISCONTINUITY\n")
        assert '#EXT-X-MAP:URI="init_1-1.mp4"' in index
        assert len(frames(ingest.of("turns") / "parts" / "0001.mp4")) == 120
        assert len(frames(ingest.of("turns") / "parts" / "0001_01.mp4")) == 120


class TestHealth:
    def test_is_measured_and_told_with_every_heartbeat(
        self, ingest: Ingest, hook: Hook, clip: Path
    ) -> None:
        ingest.publish(clip, "healthy", live=True)
        hook.told("healthy", "started")
        hook.told("healthy", "heartbeat", 5)

        heartbeat = hook.of("healthy", "heartbeat")[-1]
        health: Any = heartbeat["health"]
        session = ingest.session("healthy")

        assert health.keys() == {
            *("bitrate_bps", "fps", "keyframe_interval_s", "width", "height"),
            *("dropped_frames", "audio_bitrate_bps"),
        }
        assert heartbeat["playing"] is True
        assert 28 < health["fps"] < 32
        assert health["keyframe_interval_s"] == 1
        assert (health["width"], health["height"], health["dropped_frames"]) == (320, 180, 0)
        assert session["broadcast_id"] == "Bhealthy"
        assert session["epoch"] == 1
        assert session["video"]["bitrate_bps"] > 50_000
        assert session["video"]["codec"].startswith("avc1.")
        assert session["audio"]["rate_hz"] == 44_100
        assert datetime.fromisoformat(session["started_at"]).tzinfo is not None
        assert ingest.asked("/nothing") == {"status": 404}

    def test_is_what_the_backend_reads_of_a_session(
        self, ingest: Ingest, hook: Hook, clip: Path
    ) -> None:
        engine = EmbeddedIngest(
            ingest_url="rtmp://127.0.0.1/live",
            directory=str(ingest.folder),
            health_url=f"http://127.0.0.1:{ingest.health_port}/healthz",
        )
        ingest.publish(clip, "read", live=True)
        hook.told("read", "heartbeat", 3)

        (session,) = [one for one in engine.list_sessions() if one.broadcast_id == "Bread"]
        measured = engine.measure([session.session_id])[session.session_id]

        assert (measured["width"], measured["height"]) == (320, 180)
        assert measured["keyframe_interval_s"] == 1
        assert 28 < measured["fps"] < 32
        assert measured["bitrate_bps"] > 50_000
        assert session.received_bytes > 0


class TestRefuse:
    @pytest.mark.parametrize("status", [403, 404, 409, 422])
    def test_leaves_nothing_of_a_key_the_backend_does_not_take(
        self, ingest: Ingest, hook: Hook, clip: Path, status: int
    ) -> None:
        key = f"wrong-{status}-Zq8"
        hook.statuses[key] = status

        encoder = ingest.publish(clip, key)

        _, said = encoder.communicate(timeout=10)
        assert encoder.returncode != 0
        assert b"This stream key is refused" in said
        assert hook.words(key) == ["publish"]
        assert not ingest.of(key).exists()
        assert key not in ingest.log_text()

    def test_keeps_nothing_and_reads_little_until_the_backend_answers(
        self, ingest: Ingest, hook: Hook, clip: Path
    ) -> None:
        with hook.hesitating("pending"):
            encoder = ingest.publish(clip, "pending", live=True)

            assert eventually(lambda: hook.words("pending") == ["publish"])
            assert not ingest.of("pending").exists()
            assert ingest.sessions() == 0
            assert encoder.poll() is None

        assert hook.told("pending", "started")

    def test_closes_on_another_application_without_asking(
        self, ingest: Ingest, hook: Hook, clip: Path
    ) -> None:
        encoder = ingest.publish(clip, "elsewhere", app="vod")

        _, said = encoder.communicate(timeout=10)
        assert encoder.returncode != 0
        assert b"There is no such application" in said
        assert not hook.of("elsewhere")

    def test_holds_while_the_backend_is_down(self, clip: Path, tmp_path: Path) -> None:
        with an_ingest(tmp_path, "http://127.0.0.1:9/hooks/ingest") as ingest:
            encoder = ingest.publish(clip, "nobody")

            _, said = encoder.communicate(timeout=20)
            assert encoder.returncode != 0
            assert b"The backend does not answer" in said
            assert eventually(lambda: "hook gave no answer" in ingest.log_text())
            assert not any(ingest.folder.iterdir())

    def test_holds_while_the_backend_fails(self, ingest: Ingest, hook: Hook, clip: Path) -> None:
        hook.statuses["failing"] = 500

        encoder = ingest.publish(clip, "failing")

        assert encoder.wait(15) != 0
        assert hook.words("failing") == ["publish", "publish"]
        assert not ingest.of("failing").exists()

    def test_takes_no_codec_that_phones_do_not_play(
        self, ingest: Ingest, hook: Hook, tmp_path: Path
    ) -> None:
        sorenson = a_clip(tmp_path / "sorenson.flv", codec=("-c:v", "flv"))

        ingest.publish(sorenson, "sorenson", live=True)

        assert hook.told("sorenson", "stopped")
        assert hook.of("sorenson", "stopped")[0]["reason"] == "cut"
        assert eventually(lambda: "Only H.264 video" in ingest.log_text())


def _tags(flv: bytes) -> list[tuple[int, int, bytes]]:
    """Split FLV tags (without the file's header) into kind, milliseconds and payload."""
    at, tags = 0, []
    while at + 11 <= len(flv):
        size = int.from_bytes(flv[at + 1 : at + 4])
        moment = int.from_bytes(flv[at + 4 : at + 7])
        tags.append((flv[at], moment, flv[at + 11 : at + 11 + size]))
        at += 11 + size + 4
    return tags


def _joined(tags: list[tuple[int, int, bytes]]) -> bytes:
    return b"".join(
        bytes([kind])
        + len(payload).to_bytes(3)
        + moment.to_bytes(3)
        + bytes(4)
        + payload
        + (11 + len(payload)).to_bytes(4)
        for kind, moment, payload in tags
    )


def _later(tags: bytes, by_ms: int) -> bytes:
    return _joined([(kind, moment + by_ms, body) for kind, moment, body in _tags(tags)])
