"""The door of the streams context: everyone else imports this package and no deeper.

Each function wires what is needed and makes one call.
"""

from apps.streams.public.analytics import (
    get_analytics,
    get_creator_analytics,
    get_health,
    note_health,
    summarize_watching,
)
from apps.streams.public.broadcasts import (
    STATES,
    change_broadcast,
    count_open,
    create_broadcast,
    delete_own_broadcast,
    end_broadcast,
    end_own_broadcast,
    get_broadcast,
    get_state,
    list_broadcasts,
    list_live,
    list_upcoming,
    make_draft,
    remove_broadcast,
)
from apps.streams.public.channels import (
    change_channel,
    get_channel,
    list_channels_for_staff,
    set_monthly_minutes,
)
from apps.streams.public.keys import (
    list_channel_keys,
    list_keys_for_staff,
    make_channel_key,
    revoke_channel_key,
    revoke_key,
    rotate_channel_key,
    rotate_key,
)
from apps.streams.public.playback import (
    find_playback_file,
    make_playback,
)
from apps.streams.public.presence import (
    count_all_viewers,
    note_beat,
    roll_up_presence,
    with_viewers,
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
from apps.streams.queries.broadcasts import list_for_staff, list_live_ids
from apps.streams.queries.recordings import get_recording
from apps.streams.queries.stored import (
    count_stored,
    gone_broadcasts,
    gone_recordings,
    list_stored,
)

__all__ = [
    "STATES",
    "change_broadcast",
    "change_channel",
    "check_hook",
    "count_all_viewers",
    "count_open",
    "count_stored",
    "create_broadcast",
    "delete_own_broadcast",
    "disconnect",
    "end_broadcast",
    "end_own_broadcast",
    "expect_recording",
    "find_playback_file",
    "get_analytics",
    "get_broadcast",
    "get_channel",
    "get_creator_analytics",
    "get_health",
    "get_recording",
    "get_recording_of",
    "get_state",
    "gone_broadcasts",
    "gone_recordings",
    "is_over",
    "list_broadcasts",
    "list_channel_keys",
    "list_channels_for_staff",
    "list_for_staff",
    "list_keys_for_staff",
    "list_live",
    "list_live_ids",
    "list_live_segments",
    "list_recent_recordings",
    "list_recordings",
    "list_stored",
    "list_unstored",
    "list_upcoming",
    "make_channel_key",
    "make_draft",
    "make_playback",
    "note_beat",
    "note_health",
    "open_session",
    "remove_broadcast",
    "renew_session",
    "revoke_channel_key",
    "revoke_key",
    "roll_up_presence",
    "rotate_channel_key",
    "rotate_key",
    "set_monthly_minutes",
    "start_session",
    "stop_session",
    "store_recording",
    "summarize_watching",
    "sweep",
    "watch_recording",
    "with_viewers",
]
