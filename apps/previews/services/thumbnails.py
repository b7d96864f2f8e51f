"""The creator's own poster: chosen of the candidates or sent in, made in the child, shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from apps.previews.contracts import Source, Subject
from apps.previews.documents.assets import names_of
from apps.previews.documents.sets import PreviewSet
from apps.previews.documents.thumbnails import Choice, Thumbnail
from apps.previews.errors import CandidateNotFound, MediaRefused, NotAPicture, TooLarge
from apps.previews.ports import PreviewMaker, Shelf
from apps.previews.services import keeping
from kit import scratch
from kit.ids import new_id

log = structlog.get_logger()

MAX_BYTES: Final = 10 * 1024**2
MOST_TRIES: Final = 10
STALE_AFTER: Final = timedelta(minutes=2)
BATCH: Final = 100
GAVE_UP: Final = "gave-up"
# JPEG, PNG, RIFF (WebP): what a phone's gallery gives. Only the child looks any further.
_BEGINNINGS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")


@dataclass(frozen=True, kw_only=True, slots=True)
class Picked:
    """Whose poster is chosen."""

    subject: Subject
    subject_id: str
    broadcast_id: str


def choose_candidate(*, of: Picked, candidate: str, now: datetime) -> str:
    """Take one of the candidates as poster; return the choice, whose work is to be queued.

    Raises:
        CandidateNotFound: the set shows no such candidate.

    """
    found: PreviewSet | None = PreviewSet.objects.of(of.subject, of.subject_id).first()
    for asset in found.assets if found else ():
        if asset.kind == "candidate" and asset.sha256.startswith(candidate) and candidate:
            return _choose(of, Source.CANDIDATE, asset.name, candidate, now=now)
    raise CandidateNotFound(candidate=candidate)


def upload(*, of: Picked, picture: Path, shelf: Shelf, now: datetime) -> str:
    """Take a creator's own picture; return the choice, whose work is to be queued.

    It lies where nobody can fetch it until the child has made a picture of ours of it.

    Raises:
        TooLarge: it has more than MAX_BYTES.
        NotAPicture: it begins like no picture we take.
        ShelfDown: the storage does not answer.

    """
    size = picture.stat().st_size
    if size > MAX_BYTES:
        raise TooLarge(detail=f"{size} bytes, and {MAX_BYTES} are taken")
    with picture.open("rb") as content:
        if not content.read(12).startswith(_BEGINNINGS):
            raise NotAPicture(detail="it is neither JPEG, PNG nor WebP")
    name = f"incoming/thumbnails/{new_id()}"
    chosen = _ensure(of, now=now)
    # known before it lies there: a crash in between leaves a name to sweep, never a file
    Thumbnail.objects.filter(id=chosen.pk).update(
        add_to_set__garbage=name, set__tidy_at=now + STALE_AFTER
    )
    shelf.keep(picture, name, "application/octet-stream")
    return _choose(of, Source.UPLOAD, name, "", now=now)


def reset(*, of: Picked, shelf: Shelf, now: datetime) -> None:
    """Leave the poster to the engine again. Safe to repeat."""
    seen: Thumbnail | None = Thumbnail.objects.of(of.subject, of.subject_id).first()
    if seen is None:
        return
    Thumbnail.objects.clear(seen, garbage=_unwanted(seen, with_shown=True), now=now)
    sweep(str(seen.pk), shelf)


def make(*, choice: str, maker: PreviewMaker, shelf: Shelf, now: datetime) -> None:
    """Make the posters of a choice. One that was made, refused or replaced is left alone.

    Raises:
        MakerDown, ShelfDown: another try may help.

    """
    seen: Thumbnail | None = Thumbnail.objects.try_again(choice, now=now)
    if seen is None:
        return
    try:
        if seen.attempt > MOST_TRIES:
            _fail(seen, GAVE_UP, f"nothing came of {seen.attempt} tries", now=now)
        else:
            _make(seen, maker, shelf, now=now)
    except MediaRefused as refused:
        _fail(seen, refused.code, str(refused.facts["detail"]), now=now)
    sweep(str(seen.pk), shelf)


def claim_stale(*, now: datetime) -> list[str]:
    """Return choices whose work was lost, each once in a while."""
    return [
        seen.choice
        for seen in Thumbnail.objects.waiting_since(now - STALE_AFTER).limit(BATCH)
        if Thumbnail.objects.claim(seen, now=now)
    ]


def remove(chosen: Thumbnail, shelf: Shelf) -> None:
    """Delete a choice with its files."""
    keeping.discard(_unwanted(chosen, with_shown=True), shelf)
    chosen.delete()


def sweep(thumbnail_id: str, shelf: Shelf) -> None:
    """Delete what a choice no longer needs. Safe to repeat; while it is made, nothing is."""
    seen: Thumbnail | None = Thumbnail.objects(id=thumbnail_id).first()
    if seen is None or seen.state == Choice.MAKING.value or seen.tidy_at is None:
        return
    keeping.discard(set(seen.garbage) - set(seen.shown.names()), shelf)
    Thumbnail.objects.tidied(seen)


def _make(seen: Thumbnail, maker: PreviewMaker, shelf: Shelf, *, now: datetime) -> None:
    with (
        scratch.folder("thumbnail") as into,
        shelf.opened(seen.picture) as picture,
    ):
        made = maker.make_poster_set(picture, into)
        place = f"previews/thumbnail/{seen.pk}"
        draft = keeping.describe(made, into, place, now=now)
        garbage = {*_unwanted(seen, with_shown=False)} - set(draft.names())
        if not Thumbnail.objects.note_draft(seen, draft, sorted(garbage)):
            return
        keeping.store(draft, into, shelf)
    unwanted = {*_unwanted(seen, with_shown=True)} - set(draft.names())
    Thumbnail.objects.finish(seen, draft, sorted(unwanted))


def _choose(of: Picked, source: Source, picture: str, candidate: str, *, now: datetime) -> str:
    choice = new_id()
    while True:
        seen = _ensure(of, now=now)
        taken = Thumbnail.objects.choose(
            seen,
            garbage=sorted({*_unwanted(seen, with_shown=False)} - {picture}),
            choice=choice,
            state=Choice.MAKING.value,
            wanted=source.value,
            picture=picture,
            candidate=candidate,
            updated_at=now,
        )
        if taken:
            return choice


def _fail(seen: Thumbnail, code: str, detail: str, *, now: datetime) -> None:
    error = {"code": code, "detail": detail}
    garbage = _unwanted(seen, with_shown=False)
    Thumbnail.objects.fail(seen, error=error, garbage=garbage, now=now)
    log.warning("thumbnail refused", subject=str(seen), code=code, detail=detail)


def _unwanted(seen: Thumbnail, *, with_shown: bool) -> list[str]:
    """Return the files that go with this choice: the picture sent in, a draft, what it replaces.

    A candidate belongs to the set, which deletes it by itself.
    """
    sent = [seen.picture] if seen.picture.startswith("incoming/") else []
    shown = seen.shown.names() if with_shown else []
    drafted = set(seen.draft.names()) - (set() if with_shown else names_of([seen.shown]))
    return sorted({*seen.garbage, *sent, *shown, *drafted})


def _ensure(of: Picked, *, now: datetime) -> Thumbnail:
    return Thumbnail.ensure(of.subject, of.subject_id, broadcast_id=of.broadcast_id, now=now)
