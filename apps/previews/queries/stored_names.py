"""Which files in storage this context's documents name, for the janitor.

Whoever keeps files below `previews/` in another field or collection says so here: what is named by
none is taken for forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from apps.previews.contracts import Subject
from kit import mongo

# Each collection with the field that is the third part of its names: previews/{kind}/{id}/…
KEEPING: Final = {"preview_sets": "subject_id", "thumbnails": "_id", "shares": "_id"}
# The index of sets begins with it: a query without it reads them all, and so does every look.
SUBJECTS: Final = {"preview_sets": {"subject": {"$in": [one.value for one in Subject]}}}
# What is shown, may be on screens still, or is on its way; garbage is deleted by its own sweep.
REVISIONS: Final = ("shown", "before", "draft")
FIELDS: Final = dict.fromkeys((*REVISIONS, "garbage", "leaving", "board"), 1)
PAGE: Final = 500


def find_stored_names(names: Sequence[str]) -> set[str]:
    """Return those of some names below `previews/` that a document stands for, or will delete."""
    paths = [PurePosixPath(name).parts for name in names]
    ids = sorted({parts[2] for parts in paths if len(parts) > 3})  # noqa: PLR2004
    kept: set[str] = set()
    for collection, field in KEEPING.items():
        wanted = {**SUBJECTS.get(collection, {}), field: {"$in": ids}}
        rows = mongo.database()[collection].find(wanted, FIELDS).batch_size(PAGE)
        for row in rows:
            kept.update(row.get("garbage", ()), *(_names(row, one) for one in REVISIONS))
            kept.update(*(one["names"] for one in row.get("leaving", ())))
            kept.update((row.get("board") or {}).get("former", ()))
    return {name for name in names if name in kept}


def iter_stored_names() -> Iterator[str]:
    """Yield every name that is shown now, a page at a time: the storage is slow."""
    for collection in KEEPING:
        after = ""
        while rows := list(
            mongo.database()[collection]
            .find({"_id": {"$gt": after}}, {"shown": 1})
            .sort("_id", 1)
            .limit(PAGE)
            .batch_size(PAGE)
        ):
            for row in rows:
                yield from _names(row, "shown")
            after = rows[-1]["_id"]


def _names(row: dict[str, Any], revision: str) -> list[str]:
    return [asset["name"] for asset in row.get(revision, {}).get("assets", ())]
