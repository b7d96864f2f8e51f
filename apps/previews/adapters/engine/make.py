"""The work itself: look at the wanted key frames once, then make everything of what was seen."""

from __future__ import annotations

import errno
import resource
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
from av.video.frame import VideoFrame

from apps.previews import rules
from apps.previews.adapters.engine import clip, memory, pictures
from apps.previews.adapters.engine.job import Job
from apps.previews.adapters.engine.pictures import Picture
from apps.previews.adapters.engine.source import Source
from apps.previews.adapters.engine.storyboard import Storyboard
from apps.previews.errors import TooLarge, Truncated, UnsupportedCodec
from apps.previews.ports import Made, MadeAsset
from apps.previews.rules import Candidate, Moment, Size

RECORDING_CLIP_S: Final = 6.0
LIVE_CLIP_S: Final = 4.0
# Up to here a video whose key frames are far apart is decoded whole for its tiles.
DENSE_UP_TO_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Shot:
    """One decoded frame worth keeping, whole, with its tile."""

    at_s: float
    frame: VideoFrame
    tile: Picture
    score: float


def make(job: Job) -> Made:
    """Do one job.

    Raises:
        MediaRefused: by its subclass, what is wrong with the file.

    """
    av.logging.set_level(None)
    try:
        source = Source.open(job.source, job.limits)
        with source.container:
            made = _recording(source, job) if job.work == "recording" else _live(source, job)
    except MemoryError:
        raise
    except OSError as failure:  # libav's own are among them
        if failure.errno != errno.EFBIG:
            raise
        raise TooLarge(detail="what would be made of it is too large") from failure
    except av.error.FFmpegError as failure:
        raise UnsupportedCodec(detail=f"libav says {failure.strerror}") from failure
    return made


def _recording(source: Source, job: Job) -> Made:
    board = Storyboard(job.into)
    best: Shot | None = None
    candidates: dict[float, Candidate] = {}
    for shot in _shots(source):
        board.add(shot.tile, shot.at_s)
        key_s = rules.snap_back(source.key_times, shot.at_s)
        if key_s not in candidates or candidates[key_s].score < shot.score:
            candidates[key_s] = Candidate(key_s, shot.score)
        if best is None or shot.score > best.score:
            best = shot
    if best is None:
        raise Truncated(detail="not one of its key frames can be decoded")
    shown = pictures.display_size(best.frame, source.stream.sample_aspect_ratio)
    moments = rules.pick_moments(
        list(candidates.values()), duration_s=source.duration_s, total_s=RECORDING_CLIP_S
    )
    assets = [
        _preview(source, moments, shown, job.into, clip.RECORDING),
        *_posters(best.frame, shown, job.into),
        *board.finish(source.duration_s),
    ]
    return _made(assets, best, shown, source)


def _live(source: Source, job: Job) -> Made:
    begins_s = rules.snap_back(source.key_times, source.duration_s - LIVE_CLIP_S)
    best: Shot | None = None
    for key_s in source.key_times:
        frame = source.key_frame(key_s)
        shot = _shot(frame, key_s, source) if frame else None
        if shot and (best is None or shot.score > best.score):
            best = shot
    if best is None:
        raise Truncated(detail="not one of its key frames can be decoded")
    shown = pictures.display_size(best.frame, source.stream.sample_aspect_ratio)
    moments = [Moment(begins_s, min(LIVE_CLIP_S, source.duration_s))]
    size = rules.fit_long(shown, 640)
    assets = [
        _preview(source, moments, shown, job.into, clip.LIVE),
        _jpeg("thumbnail", "thumbnail.jpg", pictures.upright(best.frame, size), job.into),
    ]
    return _made(assets, best, shown, source)


def _shots(source: Source) -> Iterator[Shot]:
    """Yield a shot for each storyboard tile, each key frame decoded once at most."""
    wanted_s = rules.tile_times(source.duration_s)
    keys_s = sorted({rules.snap_back(source.key_times, at_s) for at_s in wanted_s})
    if len(keys_s) < len(wanted_s) / 2 and source.duration_s <= DENSE_UP_TO_S:
        yield from _dense_shots(source, wanted_s)
        return
    for key_s in keys_s:
        frame = source.key_frame(key_s)
        if frame is not None:
            yield _shot(frame, key_s, source)


def _dense_shots(source: Source, wanted_s: list[float]) -> Iterator[Shot]:
    waiting = iter(wanted_s)
    next_s = next(waiting, None)
    for since_s, frame in source.frames(0.0, source.duration_s + 1):
        if next_s is not None and since_s >= next_s:
            yield _shot(frame, since_s, source)
            next_s = next(waiting, None)


def _shot(frame: VideoFrame, at_s: float, source: Source) -> Shot:
    shown = pictures.display_size(frame, source.stream.sample_aspect_ratio)
    tile = pictures.upright(frame, rules.fit_long(shown, rules.TILE_LONG_SIDE))
    return Shot(at_s, frame, tile, pictures.score(tile))


def _preview(
    source: Source, moments: list[Moment], shown: Size, into: Path, shape: clip.Shape
) -> MadeAsset:
    written = clip.write(source, moments, shown, into / "preview.mp4", shape)
    return MadeAsset(
        kind="preview",
        name="preview.mp4",
        content_type="video/mp4",
        width=written.size[0],
        height=written.size[1],
        duration_s=written.duration_s,
    )


def _posters(frame: VideoFrame, shown: Size, into: Path) -> list[MadeAsset]:
    return [
        _jpeg("poster", f"poster-{max(size)}.jpg", pictures.upright(frame, size), into)
        for size in rules.poster_sizes(shown)
    ]


def _jpeg(kind: str, name: str, picture: Picture, into: Path) -> MadeAsset:
    pictures.write_jpeg(picture, into / name)
    height, width, _ = picture.shape
    return MadeAsset(kind=kind, name=name, content_type="image/jpeg", width=width, height=height)


def _made(assets: list[MadeAsset], best: Shot, shown: Size, source: Source) -> Made:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return Made(
        assets=tuple(assets),
        placeholder=pictures.dominant_colour(best.tile),
        width=shown[0],
        height=shown[1],
        duration_s=round(source.duration_s, 3),
        cpu_s=round(usage.ru_utime + usage.ru_stime, 3),
        peak_rss_mb=memory.peak_rss_mb(),
    )
