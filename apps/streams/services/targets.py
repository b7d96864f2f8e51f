"""Simulcast: a broadcast's targets, wanted in documents and carried out by the engine.

A target's failure is written down beside it and goes no further.
"""

from __future__ import annotations

import structlog

from apps.streams.contracts import EngineSession, TargetDraft, TargetState, TargetSummary
from apps.streams.documents.targets import StreamTarget
from apps.streams.errors import (
    BadTarget,
    EngineDown,
    EngineRefused,
    TargetNotFound,
    TooManyTargets,
)
from apps.streams.ports import StreamTargets, TargetAddress
from apps.streams.queries.targets import count_targets, get_target
from apps.streams.rules.targets import MAX_TARGETS, is_target_address
from kit.secrets import Safe

log = structlog.get_logger()


def add_target(*, broadcast_id: str, draft: TargetDraft, safe: Safe) -> TargetSummary:
    """Want a broadcast sent on to a service from its next look at the engine on.

    Raises:
        BadTarget: no RTMP address on the open Internet.
        TooManyTargets: it has as many as it may.

    """
    if not is_target_address(draft.url):
        raise BadTarget(field="url")
    if count_targets(broadcast_id=broadcast_id) >= MAX_TARGETS:
        raise TooManyTargets(broadcast_id=broadcast_id, limit=MAX_TARGETS)
    made = StreamTarget(
        broadcast_id=broadcast_id,
        label=draft.label,
        url=draft.url,
        sealed_key=safe.seal(draft.key),
    ).save(force_insert=True)
    return get_target(broadcast_id=broadcast_id, target_id=str(made.id))


def remove_target(*, broadcast_id: str, target_id: str) -> None:
    """Want it no more; the engine stops at its next look.

    Raises:
        TargetNotFound: the broadcast has no such target.

    """
    found = StreamTarget.objects(id=target_id, broadcast_id=broadcast_id, is_removed=False)
    if not found.update(set__is_removed=True):
        raise TargetNotFound(target_id=target_id)
    # What the engine was never told of is gone at once.
    StreamTarget.objects(id=target_id, session_id="").delete()


def carry_out(*, sessions: dict[str, EngineSession], port: StreamTargets, safe: Safe) -> None:
    """Have the engine send every running broadcast where it is wanted, and note how that does."""
    wanted: dict[str, list[StreamTarget]] = {}
    for target in StreamTarget.objects(broadcast_id__in=list(sessions)):
        wanted.setdefault(target.broadcast_id, []).append(target)
    for broadcast_id, targets in wanted.items():
        try:
            _carry_out(sessions[broadcast_id], targets, port, safe)
        except (EngineDown, EngineRefused) as failed:
            log.warning("targets not seen", broadcast=broadcast_id, why=str(failed))


def withdraw(*, broadcast_id: str, port: StreamTargets) -> None:
    """Send a broadcast that is over nowhere any more. Safe to repeat."""
    for state in port.list_states(broadcast_id):
        port.remove(broadcast_id, state.target_id)
    StreamTarget.objects(broadcast_id=broadcast_id, is_removed=True).delete()
    StreamTarget.objects(broadcast_id=broadcast_id).update(
        set__state="waiting", set__session_id=""
    )


def _carry_out(
    session: EngineSession, targets: list[StreamTarget], port: StreamTargets, safe: Safe
) -> None:
    broadcast_id = targets[0].broadcast_id
    there = {state.target_id: state for state in port.list_states(broadcast_id)}
    for target in [one for one in targets if not one.is_removed]:
        target_id = str(target.id)
        if target_id not in there or target.session_id != session.session_id:
            there[target_id] = _send(target, session, port, safe)
        _note(target, there[target_id], session)
    for target in [one for one in targets if one.is_removed]:
        port.remove(broadcast_id, str(target.id))
        StreamTarget.objects(id=target.id).delete()


def _send(
    target: StreamTarget, session: EngineSession, port: StreamTargets, safe: Safe
) -> TargetState:
    target_id = str(target.id)
    address = TargetAddress(id=target_id, url=target.url, key=safe.open(target.sealed_key))
    try:
        port.add(target.broadcast_id, session, address)
    except (EngineDown, EngineRefused) as failed:
        log.warning("target not added", target=target_id, why=str(failed))
        return TargetState(target_id=target_id, state="failed", error=str(failed))
    return TargetState(target_id=target_id, state="waiting")


def _note(target: StreamTarget, state: TargetState, session: EngineSession) -> None:
    was = (target.state, target.error, target.session_id)
    if was != (state.state, state.error, session.session_id):
        StreamTarget.objects(id=target.id).update(
            set__state=state.state, set__error=state.error, set__session_id=session.session_id
        )
