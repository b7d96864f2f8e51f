"""Which files in storage this context's documents name, for the janitor.

Whoever adds a document that keeps files below `recordings/` adds its collection here: what is
named by none is taken for forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from apps.streams.rules.recordings import vod_folder
from kit import mongo

# Each with `broadcast_id` and `storage_name`; what was made of a file lies in a folder beside it.
KEEPING: Final = ("recordings", "clips")
PAGE: Final = 500


def find_stored_names(names: Sequence[str]) -> set[str]:
    """Return those of some names below `recordings/` that a document stands for."""
    broadcast_ids = {_broadcast_of(name) for name in names}
    wanted = {"broadcast_id": {"$in": sorted(broadcast_ids)}}
    kept: dict[str, list[str]] = {}
    for collection in KEEPING:
        rows = mongo.database()[collection].find(wanted, {"broadcast_id": 1, "storage_name": 1})
        for row in rows.batch_size(PAGE):
            kept.setdefault(row["broadcast_id"], []).append(row["storage_name"])
    return {name for name in names if _is_kept(name, kept.get(_broadcast_of(name), []))}


def iter_stored_names() -> Iterator[str]:
    """Yield every name a document stands for, a page at a time: the storage is slow."""
    for collection in KEEPING:
        after = ""
        while rows := list(
            mongo.database()[collection]
            .find({"_id": {"$gt": after}}, {"storage_name": 1})
            .sort("_id", 1)
            .limit(PAGE)
            .batch_size(PAGE)
        ):
            yield from (row["storage_name"] for row in rows if row.get("storage_name"))
            after = rows[-1]["_id"]


def _broadcast_of(name: str) -> str:
    parts = PurePosixPath(name).parts
    return parts[1] if len(parts) > 2 else ""  # noqa: PLR2004 (recordings/{broadcast}/{file})


def _is_kept(name: str, stored: list[str]) -> bool:
    return any(one and (name == one or name.startswith(vod_folder(one))) for one in stored)
