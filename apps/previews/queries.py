"""Reads, as plain projections: cards are read far more often than sets are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from apps.previews.contracts import Asset, PreviewSummary, State, Subject
from apps.previews.errors import PreviewNotFound
from kit import mongo

UrlOf = Callable[[str], str]

_FIELDS: Final = (
    *("subject", "subject_id", "broadcast_id", "state", "placeholder"),
    *("revision", "assets", "updated_at", "error"),
)

_KEPT: Final = ("assets", "superseded", "garbage")
_PAGE: Final = 500


def get_preview(*, subject: str, subject_id: str, url_of: UrlOf) -> PreviewSummary:
    found = find_previews(subject=subject, subject_ids=[subject_id], url_of=url_of)
    if subject_id not in found:
        raise PreviewNotFound(subject=subject, subject_id=subject_id)
    return found[subject_id]


def find_previews(
    *, subject: str, subject_ids: Iterable[str], url_of: UrlOf
) -> dict[str, PreviewSummary]:
    wanted = {"subject": subject, "subject_id": {"$in": list(subject_ids)}}
    return {row["subject_id"]: _summary(row, url_of) for row in _rows(wanted)}


def get_broadcast_preview(*, broadcast_id: str, url_of: UrlOf) -> PreviewSummary:
    """Return the best there is of a broadcast.

    What can be shown comes before what cannot, a recording before the live pictures it
    replaces, the newest first.
    """
    rows = _rows({"broadcast_id": broadcast_id})
    if not rows:
        raise PreviewNotFound(subject=Subject.BROADCAST.value, subject_id=broadcast_id)
    return _summary(max(rows, key=_rank), url_of)


def _rows(wanted: dict[str, Any]) -> list[dict[str, Any]]:
    return list(mongo.database()["preview_sets"].find(wanted, dict.fromkeys(_FIELDS, 1)))


def _rank(row: dict[str, Any]) -> tuple[bool, bool, str]:
    return (
        row["state"] == State.READY.value,
        row["subject"] == Subject.RECORDING.value,
        row["_id"],
    )


def _summary(row: dict[str, Any], url_of: UrlOf) -> PreviewSummary:
    error = row.get("error") or {}
    return PreviewSummary(
        subject=row["subject"],
        subject_id=row["subject_id"],
        broadcast_id=row["broadcast_id"],
        state=row["state"],
        placeholder=row.get("placeholder", ""),
        revision=row.get("revision", 0),
        assets=tuple(_asset(asset, url_of) for asset in row.get("assets", ())),
        updated_at=row["updated_at"],
        error_code=error.get("code", ""),
        error_detail=error.get("detail", ""),
    )


def _asset(kept: dict[str, Any], url_of: UrlOf) -> Asset:
    return Asset(
        kind=kept["kind"],
        url=url_of(kept["name"]),
        content_type=kept["content_type"],
        width=kept["width"],
        height=kept["height"],
        bytes=kept["bytes"],
        duration_s=kept["duration_s"],
        sha256=kept["sha256"],
    )


def find_stored_names(names: Sequence[str]) -> set[str]:
    """Return those of some names below `previews/` that a set shows, or will delete itself."""
    parts = [name.split("/") for name in names]
    # previews/{subject}/{id}/{revision}/…
    subject_ids = {part[2] for part in parts if len(part) > 3}  # noqa: PLR2004
    kinds = [one.value for one in Subject]
    wanted = {"subject": {"$in": kinds}, "subject_id": {"$in": sorted(subject_ids)}}
    rows = mongo.database()["preview_sets"].find(wanted, dict.fromkeys(_KEPT, 1))
    kept = {name for row in rows for name in _names_of(row)}
    return {name for name in names if name in kept}


def iter_stored_names() -> Iterator[str]:
    """Yield every name that is shown now, a page at a time: the storage is slow."""
    after = ""
    while rows := list(
        mongo.database()["preview_sets"]
        .find({"_id": {"$gt": after}}, {"assets": 1})
        .sort("_id", 1)
        .limit(_PAGE)
        .batch_size(_PAGE)
    ):
        yield from (asset["name"] for row in rows for asset in row.get("assets", ()))
        after = rows[-1]["_id"]


def _names_of(row: dict[str, Any]) -> Iterator[str]:
    yield from (asset["name"] for asset in row.get("assets", ()))
    yield from row.get("superseded", ())
    yield from row.get("garbage", ())
