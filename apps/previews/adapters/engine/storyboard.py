"""The storyboard: sheets of small tiles, and a WebVTT that says which tile shows which time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import numpy as np
from PIL import Image

from apps.previews import rules
from apps.previews.adapters.engine.pictures import Picture, fitted, write_jpeg
from apps.previews.ports import Board, Growth, MadeAsset
from apps.previews.rules import Size

VTT_NAME: Final = "storyboard.vtt"


@dataclass(slots=True)
class Storyboard:
    """Collects tiles in order of time; a full sheet is written at once, so memory stays flat.

    The first tile decides the size of all: a source may change its own, as a phone is turned.
    One that grows names each file by its bytes: a sheet that got more tiles is another file.
    """

    into: Path
    is_growing: bool = False
    begins_s: list[float] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    written: list[MadeAsset] = field(default_factory=list)
    tile_size: Size = (0, 0)
    _tiles: list[Picture] = field(default_factory=list)

    @classmethod
    def resumed(cls, into: Path, growth: Growth) -> Self:
        """Go on where the newest sheet has room; without that sheet its tiles are given up."""
        board = growth.board
        tile_size = (board.tile_width, board.tile_height)
        full, tiles = divmod(len(board.begins_s), rules.SHEET_TILES)
        if not tiles:
            return cls(
                into,
                is_growing=True,
                begins_s=list(board.begins_s),
                names=list(board.sheets),
                tile_size=tile_size,
            )
        opened = _tiles_of(growth.last_sheet, board, tiles) if growth.last_sheet else []
        kept = full * rules.SHEET_TILES + len(opened)
        return cls(
            into,
            is_growing=True,
            begins_s=list(board.begins_s[:kept]),
            names=list(board.sheets[:full]),
            tile_size=tile_size,
            _tiles=opened,
        )

    def add(self, tile: Picture, at_s: float) -> None:
        if len(self._tiles) == rules.SHEET_TILES:
            self._write_sheet()
        if not any(self.tile_size):
            self.tile_size = (tile.shape[1], tile.shape[0])
        self._tiles.append(fitted(tile, self.tile_size))
        self.begins_s.append(at_s)

    def finish(self, until_s: float) -> list[MadeAsset]:
        """Write what is left and the WebVTT; return what was written."""
        if self._tiles:
            self._write_sheet()
            self._write_vtt(until_s)
        vtt = MadeAsset(
            kind="storyboard_vtt",
            name=self._named(self.into / VTT_NAME),
            content_type="text/vtt",
            duration_s=until_s,
        )
        return [*self.written, vtt]

    def _write_sheet(self) -> None:
        columns, rows = rules.sheet_grid(len(self._tiles))
        width, height = self.tile_size
        sheet = np.zeros((rows * height, columns * width, 3), dtype=np.uint8)
        for index, tile in enumerate(self._tiles):
            y, x = divmod(index, columns)
            sheet[y * height : (y + 1) * height, x * width : (x + 1) * width] = tile
        self._tiles = []
        self.names.append(self._keep(sheet))
        self.written.append(
            MadeAsset(
                kind="storyboard",
                name=self.names[-1],
                content_type="image/jpeg",
                width=sheet.shape[1],
                height=sheet.shape[0],
            )
        )

    def _keep(self, sheet: Picture) -> str:
        name = f"storyboard-{len(self.names) + 1:03}.jpg"
        file = self.into / name
        write_jpeg(sheet, file, quality=72)
        return self._named(file)

    def _named(self, file: Path) -> str:
        if self.is_growing:
            digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
            file = file.rename(file.with_name(f"{file.stem}-{digest}{file.suffix}"))
        return file.name

    def _write_vtt(self, until_s: float) -> None:
        ends_s = [*self.begins_s[1:], max(until_s, self.begins_s[-1])]
        lines = ["WEBVTT", ""]
        for begin_s, end_s, place in zip(self.begins_s, ends_s, self._places(), strict=True):
            if end_s <= 0:  # left the window of a live
                continue
            lines += [f"{_stamp(max(0.0, begin_s))} --> {_stamp(end_s)}", place, ""]
        (self.into / VTT_NAME).write_text("\n".join(lines))

    def _places(self) -> Iterator[str]:
        width, height = self.tile_size
        left = len(self.begins_s)
        for name in self.names:
            tiles = min(left, rules.SHEET_TILES)
            left -= tiles
            columns, _ = rules.sheet_grid(tiles)
            for index in range(tiles):
                y, x = divmod(index, columns)
                yield f"{name}#xywh={x * width},{y * height},{width},{height}"


def _tiles_of(sheet: Path, board: Board, tiles: int) -> list[Picture]:
    with Image.open(sheet, formats=["JPEG"]) as image:
        picture = np.asarray(image.convert("RGB"))
    columns, _ = rules.sheet_grid(tiles)
    width, height = board.tile_width, board.tile_height
    places = (divmod(index, columns) for index in range(tiles))
    return [picture[y * height : (y + 1) * height, x * width : (x + 1) * width] for y, x in places]


def _stamp(at_s: float) -> str:
    """Write a WebVTT timestamp (W3C WebVTT §4.1)."""
    thousandths = round(at_s * 1000)
    seconds, thousandths = divmod(thousandths, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"
