"""Editor over ffmpeg: packets are copied wherever they can be, and every process has limits."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog
from typing_extensions import override

from apps.streams.adapters import ffmpeg_commands as commands
from apps.streams.adapters.conforming import Conforming, Part, listing
from apps.streams.contracts import Piece
from apps.streams.errors import BadRecording, EditorDown, NoRoom
from apps.streams.ports import Cut, Editor, IsWanted, Joined, Probe
from kit import bounded
from kit.bounded import Limits

log = structlog.get_logger()

_ROOT: Final = Path(__file__).resolve().parents[3]
_LEAST_RATIO: Final = 0.98
CONFORMED: Final = "conformed"
_LOOKING: Final = "apps.streams.adapters.looking"
# ffmpeg says it in words; its exit code is the same for everything.
_NO_ROOM: Final = ("No space left on device", "Disk quota exceeded", "File too large")
# Kilobytes of stack for threads and tables, gigabytes for reference pictures of several rungs.
_LOOK: Final = Limits(wall_s=120, memory_bytes=2 * 1024**3, file_bytes=16 * 1024**2, nice=5)


@dataclass(frozen=True, slots=True)
class FfmpegEditor(Editor):
    """`copy_s` bounds work that copies packets, `encode_s` work that encodes; both wall clock.

    `budget_s` is how long one call of `join` may go on encoding different parts.
    """

    copy_s: float = 480.0
    encode_s: float = 300.0
    budget_s: float = 120.0
    memory_bytes: int = 8 * 1024**3
    file_bytes: int = 0  # of one file; 0: as many as the disk takes

    @override
    def join(self, parts: list[Path], target: Path) -> Joined | None:
        looked = _look(parts)
        readable = [
            Part(path, said) for path, said in zip(parts, looked, strict=True) if "kind" in said
        ]
        if not readable:
            why = "no part has video: " + "; ".join(said["refused"] for said in looked)[:300]
            raise BadRecording(broadcast_id=target.parent.name, why=why)
        folder = target.parent / CONFORMED
        folder.mkdir(exist_ok=True)
        anew = folder / "anew"
        work = Conforming(folder, self._encode, self.budget_s)
        alike = work.conformed(readable, is_anew=anew.exists())
        if alike is None:
            return None
        listed = listing(folder / "parts.txt", alike)
        self._run(commands.join(listed, target), self.copy_s)
        if _is_short(target, alike) and not anew.exists():
            # A packet the demuxer cannot read ends the join there, and ffmpeg calls that success.
            log.warning("join lost something, encoding anew", recording_id=target.parent.name)
            anew.touch()
            return None
        shutil.rmtree(folder)
        read = {part.path for part in readable}
        return Joined(tuple(part for part in parts if part not in read))

    @override
    def inspect(self, path: Path) -> Probe:
        (said,) = _look([path])
        if "refused" in said:
            raise BadRecording(broadcast_id=path.parent.name, why=said["refused"])
        with path.open("rb") as body:
            sha256 = hashlib.file_digest(body, "sha256").hexdigest()
        return Probe(
            duration_s=said["duration_s"],
            width=said["width"],
            height=said["height"],
            has_audio=said["has_audio"],
            size_bytes=path.stat().st_size,
            sha256=sha256,
            undecodable=tuple(said["undecodable"]),
        )

    @override
    def encode(self, source: Path, into: Path, piece: Piece, is_wanted: IsWanted) -> None:
        if piece.rungs:
            self._run(commands.pictures(source, into, piece), self.encode_s, is_wanted)
            return
        (said,) = _look([source])
        is_aac = "aac" in said.get("kind", [])
        self._run(commands.sound(source, into, piece, is_aac=is_aac), self.copy_s, is_wanted)

    @override
    def cut(self, source: Path, target: Path, cut: Cut) -> None:
        self._run(commands.cut(source, target, cut), self.encode_s)

    def _encode(self, command: list[str]) -> None:
        self._run(command, self.encode_s)

    def _run(self, command: list[str], wall_s: float, is_wanted: IsWanted = lambda: True) -> None:
        limits = Limits(
            wall_s=wall_s, memory_bytes=self.memory_bytes, file_bytes=self.file_bytes, nice=10
        )
        try:
            ended = bounded.run(command, limits, is_wanted=is_wanted)
        except bounded.TookTooLong:
            raise EditorDown(why=f"it took longer than {wall_s:.0f} s") from None
        except bounded.NotWanted:
            raise EditorDown(why="nobody wants it any more") from None
        except OSError as failure:
            raise EditorDown(why=str(failure)) from failure
        _check(ended, command[-1])


def _check(ended: bounded.Ended, target: str) -> None:
    if ended.code == 0:
        return
    why = ended.complained.strip()[-300:]
    if -ended.code == signal.SIGXFSZ or any(said in ended.complained for said in _NO_ROOM):
        raise NoRoom(what=Path(target).name, why=why[-120:])
    if ended.code < 0:
        raise EditorDown(why=f"ffmpeg ended by signal {-ended.code}")
    raise BadRecording(broadcast_id=Path(target).parent.name, why=why)


def _is_short(joined: Path, parts: list[Path]) -> bool:
    """Say whether a joined file is shorter than its parts are together."""
    whole, *each = (float(said.get("duration_s", 0)) for said in _look([joined, *parts]))
    return whole < sum(each) * _LEAST_RATIO - 1


def _look(paths: list[Path]) -> list[dict[str, Any]]:
    # No environment of ours but the path: the child needs no secret, so it gets none.
    environment = {"PYTHONPATH": str(_ROOT), "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-P", "-m", _LOOKING, *(str(path.resolve()) for path in paths)]
    try:
        ended = bounded.run(command, _LOOK, environment=environment)
        looked: list[dict[str, Any]] = json.loads(ended.said)
    except bounded.TookTooLong:
        return _one_by_one(paths, "looking at it took too long")
    except ValueError:
        return _one_by_one(paths, f"the decoder crashed on it ({ended.code})")
    return looked


def _one_by_one(paths: list[Path], why: str) -> list[dict[str, Any]]:
    """Find the file that ended the process; it is the only one that is lost."""
    if len(paths) == 1:
        return [{"refused": why}]
    return [_look([path])[0] for path in paths]
