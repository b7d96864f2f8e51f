"""The HLS ladder of a stored recording, piece by piece; the MP4 plays from before the first."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from apps.streams.contracts import Piece, Rung
from apps.streams.documents.recordings import Recording
from apps.streams.errors import BadRecording, EditorDown
from apps.streams.events import RecordingPublished
from apps.streams.queries.recordings import get_document
from apps.streams.rules import ladders, playlists
from apps.streams.rules.playlists import Segment, Variant
from apps.streams.rules.recordings import FIRST_LOOK, MOST_LADDER_TRIES, vod_folder
from apps.streams.services.workshop import Workshop, held

log = structlog.get_logger()

# A slice begins no piece after this long; together with a piece's own limit it stays below what a
# task may take.
SLICE: Final = timedelta(minutes=2)
HLS: Final = "application/vnd.apple.mpegurl"
TYPES: Final = {".m3u8": HLS, ".m4s": "video/iso.segment", ".mp4": "video/mp4"}
SOUND: Final = "sound"
PIECES: Final = "pieces"


def make_renditions(*, recording_id: str, workshop: Workshop) -> bool:
    """Encode pieces for as long as a slice may take; return whether more are left.

    What the encoder refuses closes the ladder, and not the recording.

    Raises:
        RecordingHeld: somebody else works on it.
        NoRoom, VaultDown, EditorDown: the caller may retry; pieces that are done stay done.

    """
    with held(recording_id):
        recording = get_document(recording_id)
        if not _is_wanted(recording):
            return False
        try:
            return _Ladder(recording, workshop).climb()
        except BadRecording as refused:
            _give_up(recording, str(refused), workshop.clock(), workshop)
            return False
        except EditorDown as down:
            if not _is_wanted(get_document(recording_id)):
                return False
            if recording.tries >= MOST_LADDER_TRIES:
                _give_up(recording, str(down), workshop.clock(), workshop)
                return False
            raise


class _Ladder:
    """One slice's work on the ladder of one recording."""

    def __init__(self, recording: Recording, workshop: Workshop) -> None:
        self.recording, self.workshop = recording, workshop
        rate_bps = recording.size_bytes * 8 / max(recording.duration_s, 0.1)
        self.rungs = ladders.ladder(
            width=recording.width, height=recording.height, bitrate_bps=rate_bps
        )
        self.pieces = ladders.pieces(
            duration_s=recording.duration_s, has_audio=recording.has_audio, rungs=self.rungs
        )
        self.folder = vod_folder(recording.storage_name)

    def climb(self) -> bool:
        stops_at = self.workshop.clock() + SLICE
        bench = self.workshop.bench(self.recording.id)
        with self.workshop.vault.opened(self.recording.storage_name, bench) as source:
            for nth in range(self.recording.ladder_done, len(self.pieces)):
                if self.workshop.clock() >= stops_at:
                    return True
                self._make(source, bench / PIECES, self.pieces[nth])
                if not self._note(nth + 1):
                    return False
        self._finish()
        return False

    def _make(self, source: Path, into: Path, piece: Piece) -> None:
        """Encode a piece and keep its files; its lists last, as they promise the others."""
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir(parents=True)
        self.workshop.editor.encode(source, into, piece, self._is_wanted)
        for listed in into.glob("*.m3u8"):
            _complete(listed)
        for file in sorted(into.iterdir(), key=lambda file: file.suffix == ".m3u8"):
            self.workshop.vault.put(file, self._name(file.name), content_type=TYPES[file.suffix])
        shutil.rmtree(into)

    def _note(self, done: int) -> bool:
        """Note progress; the number moves once a piece, and stops below 100 until all is there."""
        return bool(
            Recording.objects.note_pieces(
                self.recording.id,
                done=done,
                progress=done * 99 // len(self.pieces),
                due_at=self.workshop.clock() + FIRST_LOOK,
            )
        )

    def _is_wanted(self) -> bool:
        return _is_wanted(get_document(self.recording.id))

    def _finish(self) -> None:
        variants = [self._variant(rung) for rung in self.rungs]
        sound = self._collect(SOUND) if self.recording.has_audio else []
        lists = {f"{one.rung.name}.m3u8": playlists.media(one.segments) for one in variants}
        if sound:
            lists[playlists.SOUND] = playlists.media(sound)
        lists[playlists.MASTER] = playlists.master(variants, sound)  # last: it promises the rest
        for name, text in lists.items():
            self._put_text(name, text)
        published = RecordingPublished(
            at=self.workshop.clock(),
            recording_id=self.recording.id,
            broadcast_id=self.recording.broadcast_id,
            creator_id=self.recording.creator_id,
            qualities=[rung.short_side for rung in self.rungs],
        )
        Recording.objects.mark_published(
            self.recording.id,
            qualities=published.qualities,
            due_at=published.at + self.workshop.parts_kept,
            announcing=published,
        )
        self.workshop.clear(self.recording.id)

    def _variant(self, rung: Rung) -> Variant:
        segments = self._collect(rung.name)
        init = self.workshop.vault.read(self._name(segments[0].init))
        return Variant(rung, segments, playlists.avc_codec(init))

    def _collect(self, name: str) -> list[Segment]:
        """Return a rendition's segments of all pieces, which share the first one's init."""
        found: list[Segment] = []
        for piece in self.pieces:
            if bool(piece.rungs) == (name != SOUND):
                listed = self.workshop.vault.read(self._name(f"{name}_{piece.number:05d}.m3u8"))
                found += playlists.parse(listed.decode())
        return found

    def _put_text(self, name: str, text: str) -> None:
        file = self.workshop.bench(self.recording.id) / name
        file.write_text(text)
        self.workshop.vault.put(file, self._name(name), content_type=HLS)
        with suppress(FileNotFoundError):
            file.unlink()

    def _name(self, file: str) -> str:
        return f"{self.folder}{file}"


def _complete(listed: Path) -> None:
    """Add to a piece's list what ffmpeg leaves out: how many bytes each segment has.

    Its init segment gets a name that says its bytes. One encoder writes the same for every piece,
    so that a player loads it once.
    """
    segments = playlists.parse(listed.read_text())
    init = listed.with_name(Path(segments[0].init).name)
    digest = hashlib.sha256(init.read_bytes()).hexdigest()[:12]
    named = init.rename(init.with_name(f"{listed.stem.rpartition('_')[0]}_{digest}.mp4"))
    sized = [
        Segment(
            uri=Path(one.uri).name,
            duration_s=one.duration_s,
            size_bytes=listed.with_name(Path(one.uri).name).stat().st_size,
            init=named.name,
        )
        for one in segments
    ]
    listed.write_text(playlists.media(sized))


def _is_wanted(recording: Recording) -> bool:
    return bool(recording.state == "stored" and recording.ladder == "waiting")


def _give_up(recording: Recording, error: str, now: datetime, workshop: Workshop) -> None:
    due_at = now + workshop.parts_kept
    if Recording.objects.give_ladder_up(recording.id, error=error, due_at=due_at):
        log.error("recording has no renditions", recording_id=recording.id, error=error)
    workshop.clear(recording.id)
