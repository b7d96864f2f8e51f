"""The work itself: look at the wanted key frames once, then make everything of what was seen."""

from __future__ import annotations

import errno
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

import av

from apps.previews import rules
from apps.previews.adapters.engine import clip, live, memory, owned, pictures, stills, thumbhash
from apps.previews.adapters.engine.animated import Animation
from apps.previews.adapters.engine.job import Job
from apps.previews.adapters.engine.pictures import Picture
from apps.previews.adapters.engine.shots import Gallery, Moments, for_tiles
from apps.previews.adapters.engine.source import Source
from apps.previews.adapters.engine.storyboard import Storyboard
from apps.previews.errors import TooLarge, Truncated, UnsupportedCodec
from apps.previews.ports import Board, Growth, Made, MadeAsset
from apps.previews.rules import Size

RECORDING_CLIP_S: Final = 6.0
# What part of the work is looking; the rest is the clips.
_LOOKING: Final = 0.6

Tell = Callable[[float], None]
Answer = dict[str, Any]


def make(job: Job, tell: Tell) -> tuple[Made, Board | None]:
    """Do one job; a board comes only of the board's work.

    Raises:
        MediaRefused: by its subclass, what is wrong with the file.
        MakerDown: the source's storage does not answer.

    """
    av.logging.set_level(None)
    try:
        if job.work == "posters":
            return _posters(job), None
        is_coarse = job.work not in {"recording", "share"}
        with Source.opened(job.source, job.limits, is_coarse=is_coarse) as source:
            return _of_source(source, job, tell)
    except MemoryError:
        raise
    except OSError as failure:  # libav's own are among them
        if failure.errno != errno.EFBIG:
            raise
        raise TooLarge(detail="what would be made of it is too large") from failure
    except av.error.FFmpegError as failure:
        raise UnsupportedCodec(detail=f"libav says {failure.strerror}") from failure


def _of_source(source: Source, job: Job, tell: Tell) -> tuple[Made, Board | None]:
    if job.work == "board":
        return _board(source, job)
    if job.work == "live":
        return _live(source, job), None
    if job.work == "share":
        return _share(source, job, tell), None
    return _recording(source, job, tell), None


def _recording(source: Source, job: Job, tell: Tell) -> Made:
    board, gallery, moments = (
        Storyboard(job.into),
        Gallery(source.duration_s),
        Moments(source),
    )
    shown: Size = (0, 0)
    for seen in for_tiles(source):
        shown = shown if any(shown) else seen.shown
        board.add(seen.tile, seen.at_s)
        gallery.add(seen)
        moments.add(seen)
        tell(_LOOKING * min(1.0, seen.at_s / source.duration_s))
    if not moments.all():
        raise Truncated(detail="not one of its key frames can be decoded")
    gallery.close_part()
    chosen = rules.pick_moments(
        moments.all(),
        duration_s=source.duration_s,
        total_s=RECORDING_CLIP_S,
        most=rules.moments_wanted(source.duration_s),
    )
    # Before the clips, as their encoders need the memory these pictures hold.
    tile, pictured = gallery.best()[2], _stills(gallery, job.into)
    gallery.kept.clear()
    tiled = board.finish(source.duration_s)
    animation = Animation()
    clips = clip.write(source, chosen, shown, job.into, clip.RECORDING, animation.see)
    return _made([*clips, *animation.write(job.into), *pictured, *tiled], tile, shown, source)


def _stills(gallery: Gallery, into: Path) -> list[MadeAsset]:
    offered = gallery.different()
    _, best, _ = gallery.best()
    return [
        *stills.posters(best, into),
        *(
            stills.jpeg("candidate", f"candidate-{number}", picture, into, at_s=candidate.at_s)
            for number, (candidate, picture, _) in enumerate(offered, 1)
        ),
    ]


def _live(source: Source, job: Job) -> Made:
    clips, best = live.write(source, job.into, job.before)
    picture = pictures.upright(best.frame, rules.fit_long(best.shown, live.THUMBNAIL_LONG_SIDE))
    return _made([*clips, *stills.thumbnails(picture, job.into)], best.tile, best.shown, source)


def _board(source: Source, job: Job) -> tuple[Made, Board]:
    growth = job.growth or Growth(begins_s=0.0)
    grown, newest, until_s = live.grow(source, job.into, growth)
    made = _made(grown.finish(until_s), newest.tile, newest.shown, source)
    board = Board(
        interval_s=growth.board.interval_s,
        tile_width=grown.tile_size[0],
        tile_height=grown.tile_size[1],
        begins_s=tuple(grown.begins_s),
        sheets=tuple(grown.names),
        until_s=until_s,
    )
    return made, board


def _share(source: Source, job: Job, tell: Tell) -> Made:
    # Here, not above: MoviePy is half a second and 46 MB that no other work should pay for.
    from apps.previews.adapters.engine import compose  # noqa: PLC0415

    asset, source_bytes = compose.compose(source, job, tell)
    return _counted(
        assets=(asset,),
        placeholder="",
        width=asset.width,
        height=asset.height,
        duration_s=asset.duration_s,
        source_bytes=source_bytes,
        truncated=source.is_cut,
    )


def _posters(job: Job) -> Made:
    path = cast("Path", job.source)
    picture = owned.picture_of(path, job.limits)
    height, width, _ = picture.shape
    return _counted(
        assets=tuple(stills.posters(picture, job.into)),
        placeholder=pictures.dominant_colour(picture),
        thumbhash=thumbhash.of_picture(picture),
        width=width,
        height=height,
        duration_s=0.0,
        source_bytes=path.stat().st_size,
    )


def _made(assets: list[MadeAsset], tile: Picture, shown: Size, source: Source) -> Made:
    return _counted(
        assets=tuple(assets),
        placeholder=pictures.dominant_colour(tile),
        thumbhash=thumbhash.of_picture(tile),
        width=shown[0],
        height=shown[1],
        duration_s=round(source.duration_s, 3),
        source_bytes=source.reader.bytes_read,
        truncated=source.is_cut,
    )


def _counted(**what: Any) -> Made:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = round(usage.ru_utime + usage.ru_stime, 3)
    return Made(**what, cpu_s=cpu_s, peak_rss_mb=memory.peak_rss_mb())
