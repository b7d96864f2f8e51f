"""Sets, read: one question for the sets of a page, one for what their creators chose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from apps.previews.contracts import Backlog, PreviewSummary, Priority, Source, State, Subject
from apps.previews.errors import REFUSALS, PreviewNotFound
from apps.previews.queries.assets import UrlOf, shown_in
from kit import mongo

_FIELDS: Final = (
    *("subject", "subject_id", "broadcast_id", "state", "progress", "revision"),
    *("shown", "updated_at", "error"),
)
_CHOICE_FIELDS: Final = ("subject", "subject_id", "broadcast_id", "source", "shown", "updated_at")
_GAVE_UP: Final = "We tried several times and could not make a preview; staff know."

Row = dict[str, Any]
Choices = dict[tuple[str, str], Row]


def get_preview(*, subject: str, subject_id: str, url_of: UrlOf) -> PreviewSummary:
    found = find_previews(subject=subject, subject_ids=[subject_id], url_of=url_of)
    if subject_id not in found:
        raise PreviewNotFound(subject=subject, subject_id=subject_id)
    return found[subject_id]


def find_previews(
    *, subject: str, subject_ids: Iterable[str], url_of: UrlOf
) -> dict[str, PreviewSummary]:
    """Return what there is to show, by subject id: a set, a choice of the creator's, or both."""
    ids = list(subject_ids)
    if not ids:
        return {}
    rows = rows_of({"subject": subject, "subject_id": {"$in": ids}})
    is_live = subject == Subject.BROADCAST.value
    choices = _choices(ids if is_live else [row["broadcast_id"] for row in rows])
    found = {row["subject_id"]: summary(row, choices, url_of) for row in rows}
    if is_live:
        found |= _only_chosen(set(ids) - found.keys(), choices, url_of)
    return found


def get_broadcast_preview(*, broadcast_id: str, url_of: UrlOf) -> PreviewSummary:
    """Return the best there is of a broadcast.

    What can be shown comes before what cannot, a recording before the live pictures it
    replaces, the newest first.
    """
    rows = rows_of({"broadcast_id": broadcast_id})
    choices = _choices([broadcast_id])
    if rows:
        return summary(max(rows, key=_rank), choices, url_of)
    chosen = _only_chosen({broadcast_id}, choices, url_of)
    if not chosen:
        raise PreviewNotFound(subject=Subject.BROADCAST.value, subject_id=broadcast_id)
    return chosen[broadcast_id]


def known_recordings(recording_ids: Sequence[str]) -> set[str]:
    """Return those of some recordings that have a set, whatever its state."""
    wanted = {"subject": Subject.RECORDING.value, "subject_id": {"$in": list(recording_ids)}}
    found = mongo.database()["preview_sets"].find(wanted, {"subject_id": 1})
    return {row["subject_id"] for row in found}


def filled_broadcasts(broadcast_ids: Sequence[str]) -> set[str]:
    """Return those of some broadcasts that have something to show, or are not to have it."""
    if not broadcast_ids:
        return set()
    wanted = {
        "subject": Subject.BROADCAST.value,
        "subject_id": {"$in": list(broadcast_ids)},
        "state": {"$ne": State.PENDING.value},
    }
    found = mongo.database()["preview_sets"].find(wanted, {"subject_id": 1})
    return {row["subject_id"] for row in found}


def list_subjects(*, subject: Subject, after: str, limit: int) -> list[tuple[str, str]]:
    """Return set ids with their subjects, in order of birth, from a set id on."""
    wanted: Row = {"subject": subject.value, "state": {"$ne": State.REMOVED.value}}
    if after:
        wanted["_id"] = {"$gt": after}
    found = (
        mongo.database()["preview_sets"]
        .find(wanted, {"subject_id": 1})
        .sort("_id", 1)
        .limit(limit)
    )
    return [(row["_id"], row["subject_id"]) for row in found]


def count_backlog() -> Backlog:
    """Count the sets of recordings that wait or are made, by how urgent they are."""
    count = mongo.database()["preview_sets"].count_documents
    wanted: Row = {
        "subject": Subject.RECORDING.value,
        "state": {"$in": [State.PENDING.value, State.RUNNING.value]},
    }
    return Backlog(
        fresh=count({**wanted, "priority": Priority.FRESH.value}),
        backfill=count({**wanted, "priority": Priority.BACKFILL.value}),
    )


def rows_of(wanted: Row) -> list[Row]:
    visible = {"state": {"$ne": State.REMOVED.value}, **wanted}
    return list(mongo.database()["preview_sets"].find(visible, dict.fromkeys(_FIELDS, 1)))


def summary(row: Row, choices: Choices, url_of: UrlOf) -> PreviewSummary:
    shown = row.get("shown", {})
    own_key = (row["subject"], row["subject_id"])
    chosen = choices.get(own_key) or choices.get((Subject.BROADCAST.value, row["broadcast_id"]))
    chosen = chosen or {}
    paint = chosen.get("shown") or shown
    return PreviewSummary(
        subject=row["subject"],
        subject_id=row["subject_id"],
        broadcast_id=row["broadcast_id"],
        state=row["state"],
        placeholder=paint.get("placeholder", ""),
        thumbhash=paint.get("thumbhash", ""),
        revision=row.get("revision", 0),
        assets=shown_in(shown, chosen, url_of),
        updated_at=row["updated_at"],
        width=shown.get("width", 0),
        height=shown.get("height", 0),
        duration_s=shown.get("duration_s", 0.0),
        truncated=shown.get("truncated", False),
        progress=row.get("progress", 0),
        thumbnail=chosen.get("source", Source.AUTOMATIC.value),
        **error_of(row),
    )


def error_of(row: Row) -> dict[str, str]:
    """Return why a set failed, in a code and a sentence; nothing while another try is on."""
    error = row.get("error") or {}
    if not error or row["state"] != State.FAILED.value:
        return {}
    code, detail = error["code"], error["detail"]
    kind = REFUSALS.get(code)
    return {
        "error_code": code,
        "error_detail": detail,
        "error_sentence": str(kind(detail=detail)) if kind else _GAVE_UP,
    }


def _choices(broadcast_ids: Sequence[str]) -> Choices:
    """Return what creators chose for some broadcasts and their recordings, by subject."""
    if not broadcast_ids:
        return {}
    wanted = {
        "broadcast_id": {"$in": list(broadcast_ids)},
        "source": {"$ne": Source.AUTOMATIC.value},
    }
    found = mongo.database()["thumbnails"].find(wanted, dict.fromkeys(_CHOICE_FIELDS, 1))
    return {(row["subject"], row["subject_id"]): row for row in found}


def _only_chosen(
    broadcast_ids: set[str], choices: Choices, url_of: UrlOf
) -> dict[str, PreviewSummary]:
    """Return what is shown of broadcasts that have a poster of their creator's and no set."""
    found = {}
    for broadcast_id in broadcast_ids:
        chosen = choices.get((Subject.BROADCAST.value, broadcast_id))
        if chosen:
            found[broadcast_id] = summary(_empty(broadcast_id, chosen), choices, url_of)
    return found


def _empty(broadcast_id: str, chosen: Row) -> Row:
    updated_at: datetime = chosen["updated_at"]
    return {
        "subject": Subject.BROADCAST.value,
        "subject_id": broadcast_id,
        "broadcast_id": broadcast_id,
        "state": State.EMPTY.value,
        "updated_at": updated_at,
        "shown": {key: chosen["shown"].get(key, 0) for key in ("width", "height")},
    }


def _rank(row: Row) -> tuple[bool, bool, str]:
    return (
        bool(row.get("revision")),
        row["subject"] == Subject.RECORDING.value,
        row["_id"],
    )
