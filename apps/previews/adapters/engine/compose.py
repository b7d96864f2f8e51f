"""A clip to be shared: libav reads and writes it, MoviePy puts cards, watermark and fades on it.

The only module that imports MoviePy, and only ever in a child: it reads frames from us and hands
frames back, so neither its ffmpeg nor its files come near a source.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from PIL import Image

from apps.previews import rules
from apps.previews.adapters.engine import film, pictures, sound
from apps.previews.adapters.engine.cards import Artist
from apps.previews.adapters.engine.film import Film
from apps.previews.adapters.engine.index import tick_s
from apps.previews.adapters.engine.job import Composition, Job
from apps.previews.adapters.engine.pictures import Picture
from apps.previews.adapters.engine.sound import Block, Span
from apps.previews.adapters.engine.source import Source
from apps.previews.errors import CutBeyondEnd, MakerDown, Truncated
from apps.previews.ports import Cut, MadeAsset

# DANGER: MoviePy looks for a `.env` in every folder above it and loads what it finds. Ours holds
# the secrets this process must not know. Without `dotenv` it looks for none.
sys.modules["dotenv"] = None  # type: ignore[assignment]

from moviepy import ImageClip, VideoClip, concatenate_videoclips, vfx  # noqa: E402

LONG_SIDE: Final = 1280
SHORT_SIDE: Final = 720
MOST_RATE: Final = 30
TITLE_S: Final = 2.0
END_S: Final = 2.5
_FADE_S: Final = 0.3
_SHORTEST_S: Final = 0.5
# A frozen end no longer than this is a rounding of some container; a longer one is damage.
_MOST_FROZEN_S: Final = 1.0

Tell = Callable[[float], None]


@dataclass(slots=True)
class Footage:
    """Frames of a cut for who asks in ascending order; between two frames the earlier stays."""

    source: Source
    cut: Cut
    last: Picture = field(init=False)
    size: rules.Size = field(init=False)
    begins_s: float = field(init=False)  # on the container's clock, which sound goes by, too
    reached_s: float = 0.0
    _frames: Iterator[tuple[float, Any]] = field(init=False)
    _next: tuple[float, Any] | None = None

    def __post_init__(self) -> None:
        self._frames = self._since_start()
        first = next(self._frames, None)
        if first is None:
            raise Truncated(detail=f"nothing can be decoded at {self.cut.start_s:.1f} s")
        shown = pictures.display_size(first[1], self.source.pixel_shape)
        self.size = rules.fit_clip(rules.fit_long(shown, LONG_SIDE), SHORT_SIDE)
        self.last = pictures.upright(first[1], self.size)
        # Not of the index: it holds the times of decoding, which are earlier than those shown.
        self.begins_s = first[1].pts * tick_s(self.source.stream) - first[0]
        self._next = next(self._frames, None)

    def at(self, since_s: float) -> Picture:
        due = None
        while self._next and self._next[0] <= since_s + 1e-6:
            due = self._next
            self._next = next(self._frames, None)
        if due:
            pixel_shape = self.source.pixel_shape
            self.last = pictures.framed(due[1], self.size, pixel_shape)
            self.reached_s = due[0]
        return self.last

    def check_end(self, length_s: float) -> None:
        """Refuse a cut whose end could not be decoded."""
        if self._next is None and self.reached_s < length_s - _MOST_FROZEN_S:
            raise Truncated(detail=f"damaged at {self.cut.start_s + self.reached_s:.1f} s")

    def _since_start(self) -> Iterator[tuple[float, Any]]:
        """Yield the frame shown at the start, then each until the end, by seconds since."""
        times = self.source.key_times
        key_s = times[rules.index_at(times, self.cut.start_s)]
        before: tuple[float, Any] | None = None
        for since_key_s, frame in self.source.frames(self.cut.start_s, self.cut.end_s - key_s):
            since_s = key_s + since_key_s - self.cut.start_s
            if since_s <= 0:
                before = since_s, frame
                continue
            if before:
                yield before
                before = None
            yield since_s, frame
        if before:
            yield before


def compose(source: Source, job: Job, tell: Tell) -> tuple[MadeAsset, int]:
    """Write the clip; return it, and how many bytes of the source were read.

    Raises:
        CutBeyondEnd: the source ends before the cut, or with its beginning.
        Truncated: it cannot be decoded there.
        TextNotWritable: no font has the letters of a text.

    """
    wanted = job.composition
    if wanted is None:
        raise MakerDown(detail="nothing was said about what to share")
    cut = _within(source, wanted.cut)
    footage = Footage(source, cut)
    length_s = cut.end_s - cut.start_s
    rate = max(1, min(MOST_RATE, round(float(source.stream.average_rate or MOST_RATE))))
    clip, before_s, after_s = _timeline(footage, length_s, wanted)
    heard = sound.sound_of(job.source, Span(footage.begins_s, length_s), job.limits)
    whole = np.concatenate([sound.silence(before_s), heard, sound.silence(after_s)], axis=1)
    with film.opened(job.into, footage.size, rate, source.context) as output:
        _write(output, clip, whole, tell)
    footage.check_end(length_s)
    return _asset(output, footage.size), source.reader.bytes_read


def _within(source: Source, cut: Cut) -> Cut:
    end_s = min(cut.end_s, source.duration_s)
    if end_s - cut.start_s < _SHORTEST_S:
        raise CutBeyondEnd(detail=f"the recording ends after {source.duration_s:.1f} s")
    return Cut(start_s=cut.start_s, end_s=end_s)


def _timeline(footage: Footage, length_s: float, wanted: Composition) -> tuple[Any, float, float]:
    """Return the clip with the seconds its cards take before and after the footage."""
    artist = Artist(wanted.template, wanted.fonts)
    has_title = wanted.template.style == "full"
    has_end = wanted.template.style in {"full", "outro"}
    first = footage.last
    fades = [vfx.FadeIn(_FADE_S)] * has_title + [vfx.FadeOut(_FADE_S)] * has_end
    body = _marked(VideoClip(footage.at, duration=length_s), artist).with_effects(fades)
    parts = [body]
    if has_title:  # not faded in: sites take the first frame for the poster
        card = ImageClip(artist.title_card(first), duration=TITLE_S)
        parts.insert(0, card.with_effects([vfx.FadeOut(_FADE_S)]))
    if has_end:
        card = ImageClip(artist.end_card(first), duration=END_S)
        parts.append(card.with_effects([vfx.FadeIn(_FADE_S)]))
    before_s, after_s = TITLE_S * has_title, END_S * has_end
    return concatenate_videoclips(parts, method="chain"), before_s, after_s


def _marked(body: Any, artist: Artist) -> Any:
    """Stamp the watermark into its corner alone: compositing whole frames costs ten times that."""
    width, height = body.size
    mark = artist.watermark(width, height)
    if mark is None:
        return body
    edge = min(width, height) // 40
    left, top = width - mark.width - edge, height - mark.height - edge
    corner = (slice(top, top + mark.height), slice(left, left + mark.width))
    alpha, paint = _weights(mark)

    def stamped(frame: Picture) -> Picture:
        marked = frame.copy()
        marked[corner] = (frame[corner] * (1 - alpha) + paint).astype(np.uint8)
        return marked

    return body.image_transform(stamped)


def _weights(mark: Image.Image) -> tuple[Any, Any]:
    pixels = np.asarray(mark, dtype=np.float32)
    alpha = pixels[..., 3:] / 255
    return alpha, pixels[..., :3] * alpha


def _write(output: Film, clip: Any, whole: Block, tell: Tell) -> None:
    frames = max(1, round(clip.duration * output.rate))
    said = 0
    for picture in clip.iter_frames(fps=output.rate, dtype="uint8"):
        output.put(picture)
        due = output.sound_due()
        output.put_sound(whole[:, said : said + due])
        said += due
        tell(min(0.99, output.ticks / frames))
    output.put_sound(whole[:, said:])
    output.finish()


def _asset(output: Film, size: rules.Size) -> MadeAsset:
    return MadeAsset(
        kind="share",
        name=film.NAME,
        content_type="video/mp4",
        width=size[0],
        height=size[1],
        duration_s=round(output.duration_s, 3),
    )
