"""The process as a whole: how it ends, what it costs, what it refuses to begin with."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

import pytest

from tests.workers.ingest.stand import (
    ROOT,
    Hook,
    a_clip,
    an_ingest,
    ended,
    eventually,
    ffmpegs_of,
    frames,
    is_gone,
    memory_kb,
    queued_bytes,
)

pytestmark = [pytest.mark.media, pytest.mark.waits]
MAX_MEMORY_KB = 60_000


class TestEnd:
    def test_by_sigterm_finishes_files_and_says_so(
        self, hook: Hook, clip: Path, tmp_path: Path
    ) -> None:
        with an_ingest(tmp_path, hook.url) as ingest, ingest.connect():
            ingest.publish(clip, "evening", live=True)
            hook.told("evening", "started")

            began = time.monotonic()
            ingest.process.terminate()

            assert ingest.process.wait(15) == 0
            assert time.monotonic() - began < 15
            assert hook.of("evening", "stopped")[0]["reason"] == "shutdown"
            assert len(frames(ingest.of("evening") / "parts" / "0001.mp4")) >= 60
            assert "Traceback" not in ingest.log_text()

    def test_by_kill_9_takes_ffmpeg_along_and_the_next_one_goes_on(
        self, hook: Hook, clip: Path, tmp_path: Path
    ) -> None:
        with an_ingest(tmp_path, hook.url) as ingest:
            ingest.publish(clip, "crash", live=True)
            hook.told("crash", "started")
            ffmpegs = ffmpegs_of(ingest.process.pid)

            ingest.process.kill()
            ingest.process.wait(5)

            assert len(ffmpegs) == 1
            assert eventually(lambda: all(is_gone(pid) for pid in ffmpegs), 5)
            assert len(frames(ingest.of("crash") / "parts" / "0001.mp4")) >= 60
        with an_ingest(tmp_path, hook.url) as ingest:
            ingest.publish(clip, "crash")
            hook.told("crash", "stopped")

            assert ingest.index("crash").count("#EXT-X-DISCONTINUITY\n") == 1
            assert len(frames(ingest.of("crash") / "parts" / "0002.mp4")) == 180
            recorded = frames(ingest.of("crash") / "parts" / "0001.mp4")
            # ffmpeg outlives the ingest by a moment and finishes: all it recorded can be played
            assert len(frames(ended(ingest, "crash"))) == len(recorded) + 180

    def test_of_a_killed_ffmpeg_ends_its_session_only(
        self, hook: Hook, clip: Path, tmp_path: Path
    ) -> None:
        with an_ingest(tmp_path, hook.url) as ingest:
            ingest.publish(clip, "lost", live=True)
            hook.told("lost", "started")
            (ffmpeg,) = ffmpegs_of(ingest.process.pid)

            os.kill(ffmpeg, signal.SIGKILL)

            assert hook.told("lost", "stopped")
            assert hook.of("lost", "stopped")[0]["reason"] == "cut"
            assert ingest.process.poll() is None
            assert eventually(lambda: ingest.sessions() == 0)


class TestCost:
    def test_stays_small_with_a_dozen_encoders(
        self, hook: Hook, clip: Path, tmp_path: Path
    ) -> None:
        with an_ingest(tmp_path, hook.url) as ingest:
            for number in range(12):
                ingest.publish(clip, f"many{number}", live=True)
            everyone = all(hook.told(f"many{number}", "started") for number in range(12))

            assert everyone
            assert ingest.sessions() == 12
            assert memory_kb(ingest.process.pid, "VmHWM") < MAX_MEMORY_KB

    def test_does_not_grow_while_ffmpeg_reads_nothing(self, hook: Hook, tmp_path: Path) -> None:
        large = a_clip(tmp_path / "large.flv", size="1280x720")
        with an_ingest(tmp_path, hook.url, "--idle-s", "60") as ingest:
            encoder = ingest.publish(large, "dammed", again=19)
            eventually(lambda: bool(ffmpegs_of(ingest.process.pid)))
            (ffmpeg,) = ffmpegs_of(ingest.process.pid)
            os.kill(ffmpeg, signal.SIGSTOP)
            polls = count()
            piled_up = eventually(lambda: queued_bytes(ingest.port) > 300_000 and next(polls) > 20)

            grown = memory_kb(ingest.process.pid, "VmHWM")
            is_sending = encoder.poll() is None
            os.kill(ffmpeg, signal.SIGCONT)

            assert piled_up
            assert is_sending
            assert grown < MAX_MEMORY_KB
            assert hook.told("dammed", "stopped", within_s=30)
            assert 119 < float(str(hook.of("dammed", "stopped")[0]["duration_s"])) < 121


class TestStorage:
    def test_that_runs_full_ends_sessions_with_whole_files_until_there_is_room(
        self, hook: Hook, clip: Path
    ) -> None:
        with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
            folder = Path(memory)
            spare_mb = shutil.disk_usage(folder).free // 1_000_000 - 64
            with an_ingest(folder, hook.url, "--min-free-mb", str(spare_mb)) as ingest:
                ingest.publish(clip, "full", live=True)
                hook.told("full", "started")
                assert ingest.asked("/readyz") == {"sessions": 1}

                with (folder / "others").open("wb") as others:
                    os.posix_fallocate(others.fileno(), 0, 128_000_000)
                stopped = hook.told("full", "stopped")
                told = ingest.asked("/readyz")
                refused = ingest.publish(clip, "full").communicate(timeout=10)[1]
                (folder / "others").unlink()

                assert stopped
                assert hook.of("full", "stopped")[0]["reason"] == "storage"
                assert told["status"] == 503
                assert "MB left" in told["problem"]
                assert b"no room for media" in refused
                recorded = frames(ingest.of("full") / "parts" / "0001.mp4")
                assert len(frames(ended(ingest, "full"))) == len(recorded) >= 60
                assert eventually(lambda: ingest.asked("/readyz") == {"sessions": 0})

    def test_that_is_gone_ends_sessions_and_says_so(
        self, hook: Hook, clip: Path, tmp_path: Path
    ) -> None:
        with an_ingest(tmp_path, hook.url) as ingest:
            ingest.publish(clip, "gone", live=True)
            hook.told("gone", "started")

            ingest.folder.rename(tmp_path / "elsewhere")

            assert hook.told("gone", "stopped")
            assert hook.of("gone", "stopped")[0]["reason"] == "storage"
            assert "Media cannot be written to" in ingest.asked("/readyz")["problem"]


class TestBegin:
    def test_refuses_without_a_secret(self, tmp_path: Path) -> None:
        command = [sys.executable, "-m", "workers.ingest", "--dir", str(tmp_path)]
        bare = {name: text for name, text in os.environ.items() if name != "INGEST_HOOK_SECRET"}

        ran = subprocess.run(  # noqa: S603 (ourselves)
            [*command, "--hook-url", "http://127.0.0.1:9/"],
            cwd=ROOT,
            env=bare,
            capture_output=True,
            timeout=30,
            check=False,
        )

        assert ran.returncode == 1
        assert b"INGEST_HOOK_SECRET is not set" in ran.stderr

    def test_refuses_a_port_that_is_taken(self, hook: Hook, tmp_path: Path) -> None:
        with an_ingest(tmp_path, hook.url) as ingest:
            ran = subprocess.run(  # noqa: S603 (ourselves)
                [
                    *(sys.executable, "-m", "workers.ingest", "--hook-url", hook.url),
                    *("--dir", str(tmp_path), "--port", str(ingest.port)),
                ],
                cwd=ROOT,
                env={**os.environ, "INGEST_HOOK_SECRET": "x"},
                capture_output=True,
                timeout=30,
                check=False,
            )

        assert ran.returncode == 1
        assert b"The ingest cannot begin" in ran.stderr
