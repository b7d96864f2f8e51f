"""The door of the streams context: everyone else imports this package and no deeper.

Each function wires what is needed and makes one call.
"""

from apps.streams.public.broadcasts import (
    STATES,
    create_broadcast,
    end_broadcast,
    end_own_broadcast,
    get_broadcast,
    list_broadcasts,
    list_live,
    list_upcoming,
)
from apps.streams.public.keys import (
    rotate_key,
)
from apps.streams.public.playback import (
    find_playback_file,
    forget_broadcast_verdicts,
    forget_viewer_verdicts,
    make_playback,
    sign_file,
)
from apps.streams.public.recordings import (
    expect_recording,
    get_recording_of,
    list_live_segments,
    list_recent_recordings,
    list_recordings,
    list_unstored,
    store_recording,
    watch_recording,
)
from apps.streams.public.sessions import (
    check_hook,
    disconnect,
    is_over,
    open_session,
    renew_session,
    start_session,
    stop_session,
    sweep,
)
from apps.streams.public.uploads import (
    append_to_upload,
    cancel_upload,
    check_upload,
    create_upload,
    get_own_upload,
    list_unchecked_uploads,
    list_uploads,
    max_upload_bytes,
    resume_upload,
    tidy_uploads,
)
from apps.streams.queries.broadcasts import list_for_staff, list_live_ids
from apps.streams.queries.recordings import get_recording

__all__ = [
    "STATES",
    "append_to_upload",
    "cancel_upload",
    "check_hook",
    "check_upload",
    "create_broadcast",
    "create_upload",
    "disconnect",
    "end_broadcast",
    "end_own_broadcast",
    "expect_recording",
    "find_playback_file",
    "forget_broadcast_verdicts",
    "forget_viewer_verdicts",
    "get_broadcast",
    "get_own_upload",
    "get_recording",
    "get_recording_of",
    "is_over",
    "list_broadcasts",
    "list_for_staff",
    "list_live",
    "list_live_ids",
    "list_live_segments",
    "list_recent_recordings",
    "list_recordings",
    "list_unchecked_uploads",
    "list_unstored",
    "list_upcoming",
    "list_uploads",
    "make_playback",
    "max_upload_bytes",
    "open_session",
    "renew_session",
    "resume_upload",
    "rotate_key",
    "sign_file",
    "start_session",
    "stop_session",
    "store_recording",
    "sweep",
    "tidy_uploads",
    "watch_recording",
]
