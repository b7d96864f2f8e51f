"""What the clock starts: task name and seconds between."""

from __future__ import annotations

from typing import Any, Final

from config.env import environment

EVERY_S: Final = {
    "default.tick": 5.0,
    "streams.sweep": 5.0,
    "streams.poll_engine": 5.0,
    "streams.measure_encoders": 15.0,
    "streams.tend_pool": 10.0,
    "streams.reconcile": 60.0,
    "streams.expire_recordings": 3600.0,
    "streams.tidy_uploads": 300.0,
    "streams.roll_up_presence": 15.0,
    "default.previews_refresh_lives": environment().previews_live_interval_s,
    "default.previews_reconcile": 60.0,
    "default.previews_audit": 600.0,
    "social.poll_processing": 10.0,
    "social.resume_uploads": 30.0,
    "push.bulk.reconcile": 30.0,
    "default.accounts_reconcile": 300.0,
    "default.forget_dead_letters": 3600.0,
    "default.look_at_storage": 7 * 86_400.0,
}

BEAT: Final[dict[str, dict[str, Any]]] = {
    # A tick that waited for a full period is worth nothing: the next one is there.
    name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
    for name, seconds in EVERY_S.items()
}
