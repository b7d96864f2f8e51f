"""What the clock starts: task name and seconds between."""

from __future__ import annotations

from typing import Any, Final

EVERY_S: Final = {
    "default.tick": 5.0,
    "streams.sweep": 5.0,
    "streams.poll_engine": 5.0,
    "streams.tend_pool": 10.0,
    "streams.reconcile": 60.0,
    "streams.roll_up_presence": 15.0,
    "previews.refresh_lives": 20.0,
    "previews.reconcile": 60.0,
    "social.poll_processing": 10.0,
    "social.resume_uploads": 30.0,
    "push.bulk.reconcile": 30.0,
    "default.accounts_reconcile": 300.0,
    "default.forget_dead_letters": 3600.0,
}

BEAT: Final[dict[str, dict[str, Any]]] = {
    # A tick that waited for a full period is worth nothing: the next one is there.
    name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
    for name, seconds in EVERY_S.items()
}
