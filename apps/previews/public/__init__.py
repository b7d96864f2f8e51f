"""The door of the previews context: everyone else imports this package and no deeper.

Each function wires what is needed and makes one call.
"""

from apps.previews.public.jobs import (
    cancel,
    cancel_own,
    expect_recording_set,
    make_recording_set,
    refresh_live,
    regenerate,
    regenerate_own,
)
from apps.previews.public.sets import (
    find_previews,
    get_broadcast_preview,
    get_preview,
    get_recording_preview,
)
from apps.previews.public.staff import (
    cancel_by_id,
    get_for_staff,
    list_for_staff,
    look_at_work,
    regenerate_by_id,
)
from apps.previews.public.thumbnails import (
    MAX_UPLOAD_BYTES,
    choose_candidate,
    get_thumbnail,
    make_thumbnail,
    reset_thumbnail,
    upload_thumbnail,
)
from apps.previews.public.upkeep import (
    audit,
    backfill,
    claim_old,
    claim_stale,
    claim_stale_thumbnails,
    count_backlog,
    count_stored,
    list_live_ids,
    list_stored,
    needs_backfill,
    sweep,
    take_down,
)
from apps.previews.queries.stored_names import find_stored_names, iter_stored_names

__all__ = [
    "MAX_UPLOAD_BYTES",
    "audit",
    "backfill",
    "cancel",
    "cancel_by_id",
    "cancel_own",
    "choose_candidate",
    "claim_old",
    "claim_stale",
    "claim_stale_thumbnails",
    "count_backlog",
    "count_stored",
    "expect_recording_set",
    "find_previews",
    "find_stored_names",
    "get_broadcast_preview",
    "get_for_staff",
    "get_preview",
    "get_recording_preview",
    "get_thumbnail",
    "iter_stored_names",
    "list_for_staff",
    "list_live_ids",
    "list_stored",
    "look_at_work",
    "make_recording_set",
    "make_thumbnail",
    "needs_backfill",
    "refresh_live",
    "regenerate",
    "regenerate_by_id",
    "regenerate_own",
    "reset_thumbnail",
    "sweep",
    "take_down",
    "upload_thumbnail",
]
