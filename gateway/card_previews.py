"""Previews for cards of any list: as the home feed has them, for ids the client names.

Lists of broadcasts and recordings come from contexts that know no previews.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from apps.previews import public as previews
from apps.previews.contracts import Card, Subject
from apps.streams import public as streams
from gateway.home import card_of
from kit.ids import is_id

MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """Which subjects a client names, each once, in one order."""

    broadcasts: tuple[str, ...]
    recordings: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the answer is kept by."""
        ids = ",".join(self.broadcasts) + "/" + ",".join(self.recordings)
        return f"previews:{hashlib.sha256(ids.encode()).hexdigest()[:32]}"


@dataclass(frozen=True, slots=True)
class CardPreviews:
    """By id; what a viewer may see and nothing is shown of yet is None."""

    broadcasts: dict[str, Card | None]
    recordings: dict[str, Card | None]


def read(query: QueryDict) -> Asked:
    """Read `broadcast` and `recording`: repeated, separated by commas, or both.

    Raises:
        ValidationError: one is no id, there are too many together, or none.

    """
    named = {field: _ids(query.getlist(field)) for field in ("broadcast", "recording")}
    count = sum(map(len, named.values()))
    wrong = {
        field: [f"{one[:40]} is no id." for one in ids if not is_id(one)]
        for field, ids in named.items()
    }
    if not count:
        wrong = {field: ["Name a broadcast or a recording."] for field in named}
    elif count > MOST:
        wrong = {field: [f"At most {MOST} can be named together."] for field in named}
    if any(wrong.values()):
        raise ValidationError({field: told for field, told in wrong.items() if told})
    return Asked(named["broadcast"], named["recording"])


def compose(asked: Asked, *, viewer_id: str, quality: str) -> CardPreviews:
    """Return what there is of those the viewer may see; the others are left out.

    Every door is asked once, however many are named.
    """
    broadcasts = streams.find_watchable(broadcast_ids=asked.broadcasts, viewer_id=viewer_id)
    recordings = streams.find_watchable_recordings(
        recording_ids=asked.recordings, viewer_id=viewer_id
    )
    return CardPreviews(
        broadcasts=_cards(Subject.BROADCAST, [row.id for row in broadcasts], quality),
        recordings=_cards(Subject.RECORDING, [row.id for row in recordings], quality),
    )


def _cards(subject: Subject, ids: list[str], quality: str) -> dict[str, Card | None]:
    found = previews.find_previews(subject=subject, subject_ids=ids)
    return {one: card_of(found.get(one), quality) for one in ids}


def _ids(values: Iterable[str]) -> tuple[str, ...]:
    found = {one.strip() for value in values for one in value.split(",")}
    return tuple(sorted(found - {""}))
