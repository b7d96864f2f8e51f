"""The storyboard of a running broadcast: it grows with the DVR, every few refreshes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from apps.previews import rules
from apps.previews.documents.assets import Revision, StoredAsset
from apps.previews.documents.boards import LiveBoard
from apps.previews.documents.sets import PreviewSet
from apps.previews.errors import MediaRefused, ShelfDown
from apps.previews.ports import Board, Grown, Growth, PreviewMaker, Shelf
from apps.previews.services import keeping
from apps.streams.contracts import DvrSegment
from kit import scratch

log = structlog.get_logger()

KINDS: Final = ("storyboard", "storyboard_vtt")
GROWS_EVERY: Final = timedelta(seconds=60)
INTERVAL_S: Final = 10.0
# A tile costs a decoded key frame, and a refresh may cost half a second of computing.
MOST_TILES: Final = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Which files to show the maker, and what to keep of it once it has looked."""

    files: tuple[str, ...]
    begins_s: float
    board: Board
    kept: LiveBoard


@dataclass(frozen=True, slots=True)
class Tools:
    maker: PreviewMaker
    shelf: Shelf


def is_due(job: PreviewSet, *, now: datetime) -> bool:
    kept: LiveBoard | None = job.board
    if kept is None or kept.made_at is None or kept.is_behind:
        return True
    return bool(now - kept.made_at >= GROWS_EVERY)


def shown(job: PreviewSet) -> list[StoredAsset]:
    """Return the board's files that are shown now."""
    return [asset for asset in job.assets if asset.kind in KINDS]


def put(
    job: PreviewSet,
    draft: Revision,
    list_dvr: Callable[[], Sequence[DvrSegment]],
    into: Path,
    tools: Tools,
) -> None:
    """Put the board's files into a draft: those shown now, or more where it is time to grow.

    What is to be kept of a growth is left on the job, for the write that shows it.
    """
    grown = _grow(job, list_dvr(), into, tools) if is_due(job, now=draft.made_at) else None
    if grown is None:
        draft.assets = [*draft.assets, *shown(job)]
        return
    files = _described(grown, job, into)
    _part_with(job, {one.name for one in files})
    job.board.made_at = draft.made_at
    draft.assets = [*draft.assets, *files]
    draft.cpu_s += grown.made.cpu_s
    draft.source_bytes += grown.made.source_bytes
    draft.peak_rss_mb = max(draft.peak_rss_mb, grown.made.peak_rss_mb)


def _grow(job: PreviewSet, dvr: Sequence[DvrSegment], into: Path, tools: Tools) -> Grown | None:
    """Add tiles of what is new in the DVR; None where nothing is, or it cannot be worked with."""
    kept: LiveBoard = job.board or LiveBoard()
    with _newest_sheet(job, tools.shelf) as sheet:
        planned = plan(kept, dvr, has_sheet=sheet is not None)
        if planned is None:
            return None
        grown = _made(planned, sheet, into, tools.maker)
    job.board = planned.kept.grown(grown.board) if grown else planned.kept
    job.board.former = kept.former
    return grown


def _part_with(job: PreviewSet, files: set[str]) -> None:
    """Keep what this growth replaces until the next: players read a WebVTT long after it came."""
    job.garbage = [*job.garbage, *job.board.former]
    job.board.former = sorted({asset.name for asset in shown(job)} - files)


def _described(grown: Grown, job: PreviewSet, into: Path) -> list[StoredAsset]:
    """Return all files of a board: those that are new, between those that stay as they are."""
    folder = f"previews/{job.subject}/{job.subject_id}/board"
    new = {one.name: one for one in keeping.describe_each(grown.made.assets, into, folder)}
    old = {asset.name: asset for asset in shown(job)}
    sheets = [f"{folder}/{name}" for name in grown.board.sheets]
    found = [new.get(name) or old.get(name) for name in sheets]
    vtt = [asset for asset in new.values() if asset.kind == "storyboard_vtt"]
    return [asset for asset in (*found, *vtt) if asset is not None]


def plan(kept: LiveBoard, dvr: Sequence[DvrSegment], *, has_sheet: bool) -> Plan | None:
    """Choose a segment for each tile that is due; None where none is.

    Those of one encoder's session at a time, as they need the same init.
    """
    board, next_s = _slid(kept, dvr)
    if len(board.begins_s) % rules.SHEET_TILES and not has_sheet:
        board = _full_sheets(board)  # what was on it is made anew, as far as the DVR goes back
        next_s = board.begins_s[-1] + INTERVAL_S if board.begins_s else 0.0
    due = rules.tiles_due(
        [one.begins_s for one in dvr], since_s=next_s, interval_s=INTERVAL_S, most=MOST_TILES
    )
    if not due:
        return None
    chosen = [dvr[at] for at in due if dvr[at].init == dvr[due[0]].init]
    last = chosen[-1]
    is_behind = len(chosen) < len(due) or len(due) == MOST_TILES
    # The newest says where the last tile ends; it becomes none, as it is not due.
    end = [] if is_behind or dvr[-1] is last or dvr[-1].init != last.init else [dvr[-1]]
    return Plan(
        files=(last.init, *(one.file for one in (*chosen, *end))),
        begins_s=chosen[0].begins_s,
        board=replace(board, interval_s=INTERVAL_S),
        kept=LiveBoard(
            next_s=last.begins_s + INTERVAL_S,
            anchor=Path(last.file).name,
            anchor_s=last.begins_s,
            is_behind=is_behind,
        ).grown(board),
    )


def _slid(kept: LiveBoard, dvr: Sequence[DvrSegment]) -> tuple[Board, float]:
    """Return the board by the clock of the playlist as it is now, and when a tile is due."""
    at_s = {Path(one.file).name: one.begins_s for one in dvr}
    if kept.anchor not in at_s:  # of a playlist that has nothing in common with this one
        return Board(), 0.0
    gone_s = kept.anchor_s - at_s[kept.anchor]
    board = kept.value()
    begins_s = tuple(round(one - gone_s, 3) for one in board.begins_s)
    dead = sum(1 for one in begins_s if one + INTERVAL_S <= 0) // rules.SHEET_TILES
    moved = replace(
        board,
        begins_s=begins_s[dead * rules.SHEET_TILES :],
        sheets=board.sheets[dead:],
        until_s=board.until_s - gone_s,
    )
    return moved, kept.next_s - gone_s


def _full_sheets(board: Board) -> Board:
    full = len(board.begins_s) // rules.SHEET_TILES
    return replace(
        board, begins_s=board.begins_s[: full * rules.SHEET_TILES], sheets=board.sheets[:full]
    )


def _made(planned: Plan, sheet: Path | None, into: Path, maker: PreviewMaker) -> Grown | None:
    growth = Growth(begins_s=planned.begins_s, board=planned.board, last_sheet=sheet)
    try:
        with scratch.folder("board") as folder:
            footage = folder / "footage"
            with footage.open("wb") as joined:
                for content in _read(planned.files):
                    joined.write(content)
            return maker.make_live_storyboard(footage, into, growth)
    except FileNotFoundError:  # the window moved on while we read
        return None
    except MediaRefused as refused:
        # The next growth begins behind it: nobody waits for one tile.
        log.warning("storyboard refused", code=refused.code, detail=refused.facts["detail"])
        return None


def _read(files: Iterable[str]) -> Iterator[bytes]:
    for file in files:
        yield Path(file).read_bytes()


@contextmanager
def _newest_sheet(job: PreviewSet, shelf: Shelf) -> Iterator[Path | None]:
    sheets = [asset.name for asset in shown(job) if asset.kind == "storyboard"]
    with ExitStack() as stack:
        path = None
        if sheets:
            with suppress(ShelfDown):
                path = stack.enter_context(shelf.opened(sheets[-1]))
        yield path
