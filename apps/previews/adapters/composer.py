"""Clips to be shared, composed by MoviePy in the same kind of child as previews are made in."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from typing_extensions import override

from apps.previews.adapters.engine.job import Composition, Job, Limits
from apps.previews.adapters.limited import MB
from apps.previews.adapters.pyav import made_of, run_job
from apps.previews.errors import MakerDown
from apps.previews.ports import Composer, Cut, Footage, Made, Tell, Template

# Of one task, whose soft limit is ten minutes: beyond it nobody is told, and it begins anew for
# ever. What is left of it is for the footage to come and the clip to go.
MOST_WALL_S: Final = 480
# Inter (SIL Open Font License): Latin, Greek, Cyrillic, Vietnamese. It comes with the admin's
# theme, so nothing has to be installed on the machine; Pillow's wheels read WOFF2.
_INTER: Final = "static/unfold/fonts/inter/Inter-Bold.woff2"


def own_font() -> Path:
    """Return the font every installation has.

    Raises:
        MakerDown: the admin's theme does not bring it any more.

    """
    found = find_spec("unfold")
    font = Path(str(found.origin)).parent / _INTER if found else Path(_INTER)
    if not font.is_file():
        raise MakerDown(detail="the font of django-unfold is missing")
    return font


@dataclass(frozen=True, slots=True)
class MoviePyComposer(Composer):
    """`fonts` are tried, in order, for texts our own font lacks letters for."""

    limits: Limits = field(default_factory=Limits)
    fonts: tuple[Path, ...] = ()

    @override
    def compose(
        self, source: Footage, cut: Cut, template: Template, into: Path, tell: Tell | None = None
    ) -> Made:
        fonts = (own_font(), *(font.resolve() for font in self.fonts))
        wanted = Composition(cut=cut, template=template, fonts=fonts)
        job = Job(work="share", source=source, into=into, limits=self.limits, composition=wanted)
        return made_of(run_job(job, tell))


def limited_composer(
    *, cpu_s: int, wall_s: int, memory_mb: int, output_mb: int, fonts: list[str]
) -> MoviePyComposer:
    """Return a composer whose jobs may cost that much: seconds, MiB.

    Each frame is computed, which takes longer than a set does: a busy machine must not refuse a
    clip for good, so it has twice the time, within what a task has, but no more of the processor.
    """
    limits = Limits(
        cpu_s=cpu_s,
        wall_s=min(2 * wall_s, MOST_WALL_S),
        memory_bytes=memory_mb * MB,
        output_bytes=output_mb * MB,
    )
    return MoviePyComposer(limits, tuple(Path(font) for font in fonts))
