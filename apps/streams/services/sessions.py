"""What an encoder's session, or its silence, does to a broadcast.

Every call carries the epoch it was granted; a late or reordered one changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.streams.contracts import IngestGrant
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.keys import IngestKey
from apps.streams.errors import BroadcastNotFound, KeyRefused, StaleSession
from apps.streams.events import BroadcastInterrupted, BroadcastResumed, BroadcastStarted
from apps.streams.queries.broadcasts import get_document
from apps.streams.queries.channels import rules_of, used_s
from apps.streams.queries.due import list_lapsed
from apps.streams.rules.air import DEFAULTS, AirRules, deadline
from apps.streams.rules.broadcasts import BEFORE_AIR_STATES, reconnect_until
from apps.streams.services import airtime, channels, keys, schedule

SWEEP_LIMIT = 1_000


def open_session(
    *,
    key: str,
    session_id: str,
    pepper: str,
    lease_s: int,
    now: datetime,
    rules: AirRules = DEFAULTS,
) -> IngestGrant:
    """Let an encoder in by its key; it takes over whatever session ran before.

    Raises:
        KeyRefused: the key is wrong, revoked, of a broadcast that is over, or its creator's
            account is not active.
        LiveQuotaSpent: the channel was on air for as long as it may this month.

    """
    held = keys.find_held(key=key, pepper=pepper, find_active=rules.find_active)
    creator_id = held.creator_id
    broadcast_id = held.broadcast_id or channels.broadcast_for(
        creator_id=creator_id, now=now, rules=rules
    )
    found = _open_document(broadcast_id)
    if found.state in BEFORE_AIR_STATES:
        channels.check_quota(creator_id=creator_id, now=now, rules=rules)
    opened = Broadcast.objects.open_session(
        broadcast_id,
        session_id=session_id,
        key_id=str(held.id),
        lease_until=now + timedelta(seconds=lease_s),
    )
    if opened is None:
        raise KeyRefused
    if not IngestKey.objects.note_use(held.id, now=now):
        # revoked since it was read: whoever revoked it may have looked before this session began
        keys.cut_sessions_of(key_id=str(held.id), now=now)
        raise KeyRefused
    return IngestGrant(
        broadcast_id=str(opened.id), epoch=opened.epoch, took_over=opened.state == "live"
    )


def start_session(
    *, broadcast_id: str, epoch: int, lease_s: int, now: datetime, rules: AirRules = DEFAULTS
) -> None:
    """Note that a session's video plays: go live, or come back within the window.

    Raises:
        StaleSession: a newer session took over, or the broadcast is over.

    """
    found = get_document(broadcast_id)
    lease = now + timedelta(seconds=lease_s)
    own = rules_of(creator_id=found.creator_id, rules=rules)
    if found.state in BEFORE_AIR_STATES and _go_live(found, epoch, lease, now, own):
        return
    if _resume(found, epoch, lease, now, own):
        return
    due_at = _due_at(found, now, own)
    if Broadcast.objects.take_over(broadcast_id, epoch, lease=lease, due_at=due_at):
        return
    renew_session(broadcast_id=broadcast_id, epoch=epoch, lease_s=lease_s, now=now)


def renew_session(
    *,
    broadcast_id: str,
    epoch: int,
    lease_s: int,
    now: datetime,
    is_playing: bool = False,
    rules: AirRules = DEFAULTS,
) -> None:
    """Renew the lease of the session that publishes.

    It brings back what was taken for silent, as heartbeats may get lost on the way here; where
    the heartbeat says that the session plays, it also stands in for a lost start.

    Raises:
        StaleSession: a newer session took over, the key was rotated, or the broadcast is over.

    """
    lease = now + timedelta(seconds=lease_s)
    found = Broadcast.objects.renew(broadcast_id, epoch, lease_until=lease)
    if is_playing and (found is None or found.playing_epoch < epoch):
        # also of a session that stopped: it has been on air, whenever that is heard
        start_session(
            broadcast_id=broadcast_id, epoch=epoch, lease_s=lease_s, now=now, rules=rules
        )
    elif found is None:
        raise StaleSession(broadcast_id=broadcast_id)
    elif found.playing_epoch == epoch and found.state == "interrupted":
        own = rules_of(creator_id=found.creator_id, rules=rules)
        _resume(found, epoch, lease, now, own)


def stop_session(*, broadcast_id: str, epoch: int, now: datetime, reason: str = "") -> None:
    """Note that a session's video stopped and its part is closed; opens the reconnect window."""
    broadcast = get_document(broadcast_id)
    # The mark first: a start that is on its way sees it, and interrupts what it began.
    Broadcast.objects.close_session(broadcast_id, epoch, now=now, reason=reason)
    _interrupt(broadcast, epoch, now, reason="stopped")


def sweep(*, now: datetime, rules: AirRules = DEFAULTS) -> int:
    """Reconcile by the clock: leases, windows, limits, starts, announcements. Return how many.

    What lost its heartbeat is interrupted before anything is announced. Accounts come last: where
    they cannot be asked, the rest is done.
    """
    return (
        keys.cut_revoked(now=now)
        + _interrupt_lapsed(now)
        + airtime.end_outlived(now=now, limit=SWEEP_LIMIT)
        + airtime.close_windows(now=now, limit=SWEEP_LIMIT)
        + airtime.announce_steady(now=now, rules=rules, limit=SWEEP_LIMIT)
        + airtime.warn_of_limits(now=now, limit=SWEEP_LIMIT)
        + schedule.open_scheduled(now=now, limit=SWEEP_LIMIT)
        + schedule.expire_unvisited(now=now, limit=SWEEP_LIMIT)
        + airtime.end_suspended(now=now, rules=rules)
    )


def is_session_open(*, broadcast_id: str, now: datetime, grace_s: int) -> bool:
    """Say whether an encoder's session may still write its part."""
    broadcast = get_document(broadcast_id)
    if not broadcast.session_id or broadcast.lease_until is None:
        return False
    return bool(broadcast.lease_until + timedelta(seconds=grace_s) > now)


def is_to_be_cut(*, broadcast_id: str, epoch: int | None) -> bool:
    """Say whether whoever published, up to an epoch where one is given, may publish no more."""
    found = get_document(broadcast_id)
    is_newer = epoch is not None and found.epoch > epoch + 1  # the fence took one of its own
    return found.state != "live" and not is_newer


def _open_document(broadcast_id: str) -> Broadcast:
    try:
        return get_document(broadcast_id)
    except BroadcastNotFound as gone:
        raise KeyRefused from gone


def _go_live(found: Broadcast, epoch: int, lease: datetime, now: datetime, own: AirRules) -> bool:
    used = used_s(creator_id=found.creator_id, now=now) if own.monthly_minutes else 0.0
    started = BroadcastStarted(
        at=now,
        broadcast_id=str(found.id),
        creator_id=found.creator_id,
        title=found.title,
        visibility=found.visibility,
        session_epoch=epoch,
        record=found.record,
    )
    live: Broadcast | None = Broadcast.objects.go_live(
        found.id,
        epoch,
        lease=lease,
        announcing=started,
        due_at=now + timedelta(seconds=own.debounce_s),
        deadline=deadline(own, now=now, used_s=used),
    )
    if live is not None and live.stopped_epoch >= epoch:
        _interrupt(live, epoch, now, reason="stopped")  # its end was heard before its start
    return live is not None


def _resume(found: Broadcast, epoch: int, lease: datetime, now: datetime, own: AirRules) -> bool:
    resumed = BroadcastResumed(
        at=now,
        broadcast_id=str(found.id),
        creator_id=found.creator_id,
        session_epoch=epoch,
    )
    return bool(
        Broadcast.objects.resume(
            found.id, epoch, lease=lease, announcing=resumed, due_at=_due_at(found, now, own)
        )
    )


def _due_at(found: Broadcast, now: datetime, own: AirRules) -> datetime | None:
    return None if found.is_announced else now + timedelta(seconds=own.debounce_s)


def _interrupt_lapsed(now: datetime) -> int:
    return sum(
        _interrupt(broadcast, broadcast.epoch, now, reason="lapsed")
        for broadcast in list_lapsed(now=now, limit=SWEEP_LIMIT)
    )


def _interrupt(broadcast: Broadcast, epoch: int, now: datetime, *, reason: str) -> bool:
    until = reconnect_until(now, broadcast.reconnect_window_s)
    interrupted = BroadcastInterrupted(
        at=now,
        broadcast_id=str(broadcast.id),
        creator_id=broadcast.creator_id,
        session_epoch=epoch,
        reason=reason,
        reconnect_until=until.isoformat(),
    )
    silent = Broadcast.objects
    if reason == "lapsed":  # a heartbeat that came since it was looked up wins
        silent = silent.filter(lease_until__lt=now)
    return bool(silent.interrupt(broadcast.id, epoch, until=until, announcing=interrupted))
