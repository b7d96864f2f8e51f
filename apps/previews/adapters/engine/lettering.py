"""Words as pixels: cleaned, measured, wrapped, made to fit, or refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from apps.previews.errors import TextNotWritable

Font = ImageFont.FreeTypeFont
Colour = tuple[int, int, int]

_MOST_CHARS: Final = 200
_PROBE_PX: Final = 24
_SMALLEST_PX: Final = 8
_NEVER_A_LETTER: Final = "\uffff"
_LONELY: Final = re.compile(r" ([,.:;!?…])")  # what stood after an emoji
_LINE: Final = 1.22  # of a font's size


@dataclass(frozen=True, slots=True)
class Words:
    """Lines of one font and size, ready to be drawn."""

    lines: tuple[str, ...]
    font: Font

    @property
    def line_px(self) -> int:
        return round(self.font.size * _LINE)

    @property
    def height(self) -> int:
        return self.line_px * len(self.lines)

    @property
    def width(self) -> int:
        return max((round(self.font.getlength(line)) for line in self.lines), default=0)

    def draw(
        self, on: Image.Image, at: tuple[int, int], colour: Colour, *, centred_in: int = 0
    ) -> None:
        """Draw with the upper left corner at a place; centred, where a width is given."""
        pen = ImageDraw.Draw(on)
        for number, line in enumerate(self.lines):
            left = at[0] + (centred_in - round(self.font.getlength(line))) // 2 * bool(centred_in)
            pen.text((left, at[1] + number * self.line_px), line, fill=colour, font=self.font)


def clean(text: str, fonts: Sequence[Path]) -> tuple[str, Path]:
    """Return a text without what is no writing, and the first font that has all its letters.

    Emoji go, where no font has them; control characters go always, so no text runs backwards
    that is not written so.

    Raises:
        TextNotWritable: letters are left that no font has.

    """
    kept = unicodedata.normalize("NFC", text)[:_MOST_CHARS]
    kept = "".join(one for one in kept if not _is_invisible(one))
    lacking: dict[Path, str] = {}
    for font in fonts:
        lacking[font] = "".join(one for one in kept if not _has(font, one))
        if all(_is_symbol(one) for one in lacking[font]):
            gone = {ord(one): " " for one in lacking[font]}
            return _LONELY.sub(r"\1", " ".join(kept.translate(gone).split())), font
    _, fewest = min((len(letters), letters) for letters in lacking.values())
    letters = "".join(dict.fromkeys(fewest))
    raise TextNotWritable(detail=f"no font here has {letters[:20]!r}")


def fit(text: str, font: Path, *, width: int, lines: int, size: int) -> Words:
    """Wrap a text into a width and a number of lines: smaller where it must, then cut."""
    smallest = max(_SMALLEST_PX, round(size * 0.55))
    for px in range(max(size, smallest), smallest - 1, -1):
        loaded = _loaded(font, px)
        wrapped = _wrapped(text, loaded, width)
        if len(wrapped) <= lines and not any(_is_too_wide(one, loaded, width) for one in wrapped):
            return Words(tuple(wrapped), loaded)
    loaded = _loaded(font, smallest)
    broken = _wrapped(text, loaded, width, may_break=True)
    if len(broken) > lines:
        broken = [*broken[: lines - 1], _shortened(broken[lines - 1], loaded, width)]
    return Words(tuple(broken), loaded)


def _wrapped(text: str, font: Font, width: int, *, may_break: bool = False) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and not _is_too_wide(longer, font, width):
            lines[-1] = longer
        else:
            lines += _broken(word, font, width) if may_break else [word]
    return lines


def _broken(word: str, font: Font, width: int) -> list[str]:
    """Break a word that is wider than a line wherever it must be."""
    parts = [""]
    for one in word:
        if parts[-1] and _is_too_wide(parts[-1] + one, font, width):
            parts.append("")
        parts[-1] += one
    return parts


def _shortened(line: str, font: Font, width: int) -> str:
    while line and _is_too_wide(f"{line}…", font, width):
        line = line[:-1]
    return f"{line.rstrip()}…"


def _is_too_wide(line: str, font: Font, width: int) -> bool:
    return font.getlength(line) > width


def _is_invisible(one: str) -> bool:
    # Cc, Cf (bidi overrides, joiners, tags), Cs, Co, Cn; and variation selectors, keycaps.
    if one.isspace():
        return False
    return unicodedata.category(one).startswith("C") or "\ufe00" <= one <= "\ufe0f"


def _is_symbol(one: str) -> bool:
    """Tell emoji and their parts (skin tones, keycaps) from letters."""
    return unicodedata.category(one) in {"So", "Sk", "Me"}


@cache
def _loaded(font: Path, px: int) -> Font:
    return ImageFont.truetype(str(font), px)


@cache
def _has(font: Path, one: str) -> bool:
    loaded = _loaded(font, _PROBE_PX)
    return one.isspace() or _drawn(loaded, one) != _drawn(loaded, _NEVER_A_LETTER)


def _drawn(font: Font, one: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(one)
    return mask.size, bytes(mask)
