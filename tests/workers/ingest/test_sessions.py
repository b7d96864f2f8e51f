"""What interrupts a session: drops, takeovers, cuts, silence."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.workers.ingest.stand import Hook, Ingest, ended, eventually, frames
from workers.ingest.playlist import parse

pytestmark = [pytest.mark.media, pytest.mark.waits]


class TestReconnect:
    def test_goes_on_in_the_same_playlist_after_a_discontinuity(
        self, ingest: Ingest, hook: Hook, clip: Path
    ) -> None:
        ingest.publish(clip, "again")
        hook.told("again", "stopped")
        ingest.publish(clip, "again")
        hook.told("again", "stopped", 2)

        listed = parse(ingest.index("again"))
        played = frames(ended(ingest, "again"))
        assert [s.init for s in listed.segments] == ["init_1.mp4"] * 3 + ["init_2.mp4"] * 3
        assert [s.discontinuity for s in listed.segments] == [False] * 3 + [True, False, False]
        assert ingest.index("again").count("#EXT-X-MAP") == 2
        assert len(played) == 360
        assert played == sorted(played)

    def test_slides_and_counts_what_slid_out(self, ingest: Ingest, hook: Hook, clip: Path) -> None:
        for session in range(1, 7):
            ingest.publish(clip, "slides")
            hook.told("slides", "stopped", session)

        index = ingest.index("slides")
        assert len(parse(index).segments) == 15
        assert "#EXT-X-MEDIA-SEQUENCE:3\n" in index
        assert "#EXT-X-DISCONTINUITY-SEQUENCE:0\n" in index
        assert index.count("#EXT-X-DISCONTINUITY\n") == 5
        whole = parse((ingest.of("slides") / "dvr.m3u8").read_text("utf-8"))
        on_disk = {path.name for path in ingest.of("slides").glob("*.m4s")}
        assert len(whole.segments) == 18
        assert {segment.uri for segment in whole.segments} == on_disk
        assert len(list((ingest.of("slides") / "parts").iterdir())) == 6

    def test_keeps_what_a_killed_encoder_sent(
        self, ingest: Ingest, hook: Hook, clip: Path
    ) -> None:
        encoder = ingest.publish(clip, "killed", live=True)
        hook.told("killed", "started")

        encoder.send_signal(signal.SIGKILL)

        assert hook.told("killed", "stopped")
        assert hook.of("killed", "stopped")[0]["reason"] == "left"
        assert len(frames(ingest.of("killed") / "parts" / "0001.mp4")) >= 60
        assert len(frames(ended(ingest, "killed"))) >= 60


class TestTakeOver:
    def test_cuts_the_session_before(self, ingest: Ingest, hook: Hook, clip: Path) -> None:
        first = ingest.publish(clip, "phone", live=True)
        hook.told("phone", "started")
        second = ingest.publish(clip, "phone", live=True)

        assert hook.told("phone", "started", 2)
        assert hook.told("phone", "stopped")
        (stopped,) = hook.of("phone", "stopped")
        assert stopped["epoch"] == 1
        assert stopped["reason"] == "taken-over"
        assert first.wait(10) != 0
        assert second.poll() is None
        assert ingest.sessions() == 1
        assert eventually(lambda: "2_0.m4s" in ingest.index("phone"))


class TestCut:
    def test_follows_the_next_heartbeat(self, ingest: Ingest, hook: Hook, clip: Path) -> None:
        encoder = ingest.publish(clip, "rotated", live=True)
        hook.told("rotated", "heartbeat")

        hook.cut.add("Brotated")

        assert encoder.wait(5) != 0
        assert hook.told("rotated", "stopped")
        assert hook.of("rotated", "stopped")[0]["reason"] == "cut"
        assert float(str(hook.of("rotated", "heartbeat")[-1]["duration_s"])) > 0

    def test_does_not_follow_a_backend_that_is_down(
        self, ingest: Ingest, hook: Hook, clip: Path
    ) -> None:
        hook.deaf.add("Bsteady")
        encoder = ingest.publish(clip, "steady", live=True)

        heard = hook.told("steady", "heartbeat", 3)
        assert heard
        assert encoder.poll() is None
        assert not hook.of("steady", "stopped")

    def test_follows_silence(self, ingest: Ingest, hook: Hook, clip: Path) -> None:
        encoder = ingest.publish(clip, "silent", live=True)
        hook.told("silent", "started")

        encoder.send_signal(signal.SIGSTOP)

        assert hook.told("silent", "stopped")
        assert hook.of("silent", "stopped")[0]["reason"] == "idle"
