"""What stands before, after and on shared footage, as pictures: two cards and a watermark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from apps.previews.adapters.engine import lettering
from apps.previews.adapters.engine.lettering import Colour, Words
from apps.previews.adapters.engine.pictures import Picture
from apps.previews.ports import Template

_WHITE: Final[Colour] = (255, 255, 255)
_GREY: Final[Colour] = (200, 204, 212)
_ACCENT: Final[Colour] = (255, 76, 92)
_MARGIN: Final = 0.08  # of the width
_DIM: Final = 0.34  # how bright the footage behind a card stays
_MARK_ALPHA: Final = 0.72


@dataclass(frozen=True, slots=True)
class Artist:
    """Draws for one template; sizes of letters follow the shorter side, wide or tall."""

    template: Template
    fonts: Sequence[Path]

    def title_card(self, behind: Picture) -> Picture:
        """Draw channel and title, to the left; a tall card has room for more lines."""
        card = _dimmed(behind)
        unit, inner = min(card.size), round(card.width * (1 - 2 * _MARGIN))
        is_tall = card.height > card.width
        channel = self._words(self.template.channel, inner, lines=1, size=unit * 0.055)
        title = self._words(self.template.title, inner, lines=6 if is_tall else 3, size=unit * 0.1)
        handle = self._words(self.template.handle, inner, lines=1, size=unit * 0.045)
        gap, left = round(unit * 0.035), round(card.width * _MARGIN)
        top = (card.height - channel.height - title.height - handle.height - 3 * gap) // 2
        pen = ImageDraw.Draw(card)
        pen.rectangle((left, top, left + unit // 8, top + max(2, unit // 90)), fill=_ACCENT)
        top += gap
        for words, colour in ((channel, _GREY), (title, _WHITE), (handle, _GREY)):
            words.draw(card, (left, top), colour)
            top += words.height + gap
        return np.asarray(card)

    def end_card(self, behind: Picture) -> Picture:
        """Draw whose it is and where to see more, in the middle."""
        card = _dimmed(behind)
        unit, inner = min(card.size), round(card.width * (1 - 2 * _MARGIN))
        channel = self._words(self.template.channel, inner, lines=2, size=unit * 0.095)
        handle = self._words(self.template.handle, inner, lines=1, size=unit * 0.055)
        call = self._words(self.template.watch_on, round(inner * 0.9), lines=2, size=unit * 0.055)
        gap, left = round(unit * 0.05), round(card.width * _MARGIN)
        top = (card.height - channel.height - handle.height - call.height - 3 * gap) // 2
        for words, colour in ((channel, _WHITE), (handle, _GREY)):
            words.draw(card, (left, top), colour, centred_in=inner)
            top += words.height + gap // 2
        if call.lines:
            _pill(card, call, top + gap)
        return np.asarray(card)

    def watermark(self, width: int, height: int) -> Image.Image | None:
        """Return the handle with a shadow, see-through; None where there is none to write."""
        unit = min(width, height)
        words = self._words(self.template.handle, width // 2, lines=1, size=unit * 0.042)
        if not words.lines:
            return None
        edge = max(2, unit // 60)
        mark = Image.new("RGBA", (words.width + 2 * edge, words.height + 2 * edge), (0, 0, 0, 0))
        words.draw(mark, (edge, edge), (0, 0, 0))
        mark = mark.filter(ImageFilter.GaussianBlur(max(1, edge / 3)))
        words.draw(mark, (edge, edge), _WHITE)
        mark.putalpha(mark.getchannel("A").point(lambda alpha: int(alpha * _MARK_ALPHA)))
        return mark

    def _words(self, text: str, width: int, *, lines: int, size: float) -> Words:
        cleaned, font = lettering.clean(text, self.fonts)
        return lettering.fit(cleaned, font, width=width, lines=lines, size=round(size))


def _dimmed(behind: Picture) -> Image.Image:
    """Return footage blurred and darkened, so that letters can be read on any."""
    picture = Image.fromarray(behind)
    blurred = picture.filter(ImageFilter.GaussianBlur(min(picture.size) / 18))
    return blurred.point(lambda level: int(level * _DIM))


def _pill(card: Image.Image, call: Words, top: int) -> None:
    pad = call.line_px // 2
    left = (card.width - call.width) // 2
    box = (left - pad, top - pad // 2, left + call.width + pad, top + call.height + pad // 2)
    ImageDraw.Draw(card).rounded_rectangle(box, radius=call.line_px // 2, fill=_ACCENT)
    call.draw(card, (left, top), _WHITE, centred_in=call.width)
