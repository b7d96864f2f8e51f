"""Workshops of the streams context: memory or real, with parts on disk and a clock that stands."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from apps.streams.adapters.memory import MemoryEditor, MemoryVault
from apps.streams.documents.recordings import Recording
from apps.streams.services import recordings
from apps.streams.services.workshop import Workshop
from clients.demo.clips import big_buck_bunny
from tests.conftest import NOON


@dataclass
class Clock:
    """Stands at NOON until a test moves it."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, span: timedelta) -> datetime:
        self.now += span
        return self.now


@dataclass
class Parts:
    """What an engine recorded: files a test leaves, by broadcast."""

    folder: Path
    files: dict[str, list[Path]] = field(default_factory=dict)

    def leave(self, broadcast_id: str, *bodies: bytes) -> None:
        found = self.files.setdefault(broadcast_id, [])
        for body in bodies:
            path = self.folder / f"{broadcast_id}-{len(found) + 1:04d}.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
            found.append(path)

    def __call__(self, broadcast_id: str) -> list[Path]:
        return [path for path in self.files.get(broadcast_id, []) if path.exists()]


@dataclass
class Stage:
    """A workshop over memory, and the hands of a test on everything it stands on."""

    folder: Path
    editor: MemoryEditor = field(default_factory=MemoryEditor)
    vault: MemoryVault = field(default_factory=MemoryVault)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.parts = Parts(self.folder / "parts")
        self.workshop = Workshop(
            list_parts=self.parts,
            editor=self.editor,
            vault=self.vault,
            folder=self.folder / "work",
            clock=self.clock,
        )

    def changed(self, **ports: object) -> Workshop:
        return replace(self.workshop, **ports)  # type: ignore[arg-type] # as the test wants it

    def store(self, broadcast_id: str) -> Recording:
        """Drive a recording as far as it goes, one step after the other."""
        while recordings.store_recording(broadcast_id=broadcast_id, workshop=self.workshop):
            pass
        found: Recording = Recording.objects.get(broadcast_id=broadcast_id)
        return found


def a_video(
    path: Path, *, seconds: float = 4, size: str = "320x180", sound: bool = True, options: str = ""
) -> Path:
    """Make a small real video whose key frames come once a second."""
    tone = ("-f", "lavfi", "-i", "sine=440:sample_rate=48000") if sound else ()
    path.parent.mkdir(parents=True, exist_ok=True)
    run(
        *("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25", *tone, "-t", f"{seconds}"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p"),
        *("-c:a", "aac", *options.split(), str(path)),
    )
    return path


def a_part(path: Path, *, seconds: float = 4, size: str = "320x180") -> Path:
    """Make a part as the ingest leaves it: fragments, each whole on its own."""
    fragments = "-movflags +frag_keyframe+empty_moov+default_base_moof"
    return a_video(path, seconds=seconds, size=size, options=fragments)


def a_real_part(path: Path) -> Path:
    """Make a part of the real clip, five seconds in 720p."""
    path.parent.mkdir(parents=True, exist_ok=True)
    clip = str(big_buck_bunny())
    run("-i", clip, "-c", "copy", "-movflags", "+frag_keyframe+empty_moov", str(path))
    return path


def run(*arguments: str) -> None:
    command = [get_ffmpeg_exe(), "-nostdin", "-y", "-loglevel", "error", *arguments]
    subprocess.run(command, check=True, timeout=60)  # noqa: S603
