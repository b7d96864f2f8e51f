"""The storyboard: sheets of small tiles, and a WebVTT that says which tile shows which time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from apps.previews import rules
from apps.previews.adapters.engine.pictures import Picture, write_jpeg
from apps.previews.ports import MadeAsset

VTT_NAME: Final = "storyboard.vtt"


@dataclass(slots=True)
class Storyboard:
    """Collects tiles in order of time; a full sheet is written at once, so memory stays flat."""

    into: Path
    sheets: list[MadeAsset] = field(default_factory=list)
    _tiles: list[Picture] = field(default_factory=list)
    _begins_s: list[float] = field(default_factory=list)
    _cues: list[str] = field(default_factory=list)

    def add(self, tile: Picture, at_s: float) -> None:
        self._tiles.append(tile)
        self._begins_s.append(at_s)
        if len(self._tiles) > rules.SHEET_TILES:
            self._write_sheet(self._tiles[:-1])
            self._tiles = self._tiles[-1:]

    def finish(self, duration_s: float) -> list[MadeAsset]:
        """Write what is left and the WebVTT; return all the assets."""
        if self._tiles:
            self._write_sheet(self._tiles)
        ends_s = [*self._begins_s[1:], max(duration_s, self._begins_s[-1])]
        lines = ["WEBVTT", ""]
        for begin_s, end_s, place in zip(self._begins_s, ends_s, self._cues, strict=True):
            lines += [f"{_stamp(begin_s)} --> {_stamp(end_s)}", place, ""]
        (self.into / VTT_NAME).write_text("\n".join(lines))
        vtt = MadeAsset(
            kind="storyboard_vtt", name=VTT_NAME, content_type="text/vtt", duration_s=duration_s
        )
        return [*self.sheets, vtt]

    def _write_sheet(self, tiles: list[Picture]) -> None:
        name = f"storyboard-{len(self.sheets) + 1:03}.jpg"
        columns, rows = rules.sheet_grid(len(tiles))
        height, width, _ = tiles[0].shape
        sheet = np.zeros((rows * height, columns * width, 3), dtype=np.uint8)
        for index, tile in enumerate(tiles):
            x, y = index % columns * width, index // columns * height
            sheet[y : y + height, x : x + width] = tile
            self._cues.append(f"{name}#xywh={x},{y},{width},{height}")
        write_jpeg(sheet, self.into / name, quality=72)
        self.sheets.append(
            MadeAsset(
                kind="storyboard",
                name=name,
                content_type="image/jpeg",
                width=sheet.shape[1],
                height=sheet.shape[0],
            )
        )


def _stamp(at_s: float) -> str:
    """Write a WebVTT timestamp (W3C WebVTT §4.1)."""
    thousandths = round(at_s * 1000)
    seconds, thousandths = divmod(thousandths, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"
