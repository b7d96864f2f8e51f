"""What a creator chose, and may choose from."""

from __future__ import annotations

from typing import Any

from apps.previews.contracts import Asset, Source, Subject, ThumbnailSummary
from apps.previews.queries.assets import UrlOf, assets_of
from apps.previews.queries.sets import error_of
from kit import mongo


def get_thumbnail(*, subject: Subject, subject_id: str, url_of: UrlOf) -> ThumbnailSummary:
    """Return the choice of a subject; where there is none, that it is automatic."""
    asked = {"subject": subject.value, "subject_id": subject_id}
    row: dict[str, Any] = mongo.database()["thumbnails"].find_one(asked) or {}
    error = error_of({"state": row.get("state", ""), "error": row.get("error")})
    return ThumbnailSummary(
        subject=subject.value,
        subject_id=subject_id,
        source=row.get("source", Source.AUTOMATIC.value),
        state=row.get("state", Source.AUTOMATIC.value),
        candidate=row.get("candidate", ""),
        assets=assets_of(row.get("shown", {}), url_of),
        candidates=_candidates(asked, url_of),
        error_code=error.get("error_code", ""),
        error_sentence=error.get("error_sentence", ""),
    )


def _candidates(asked: dict[str, str], url_of: UrlOf) -> tuple[Asset, ...]:
    row = mongo.database()["preview_sets"].find_one(asked, {"shown": 1}) or {}
    made = assets_of(row.get("shown", {}), url_of)
    return tuple(one for one in made if one.kind == "candidate")
