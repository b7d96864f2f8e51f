"""Simulcast: a broadcast's targets, wanted in documents and carried out by the engine.

A target's failure is written down beside it and goes no further.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

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
from apps.streams.ports import Resolver, StreamTargets, TargetAddress
from apps.streams.queries.targets import count_targets, get_target
from apps.streams.rules.targets import MAX_TARGETS, Network, host_of, is_outside
from kit.secrets import Safe

log = structlog.get_logger()

NOT_OUTSIDE: Final = "its address leads to no place on the open Internet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What targets may reach: the open Internet, and networks of ours that count as such."""

    resolver: Resolver
    ours: Collection[Network] = ()

    def among(self, urls: Collection[str]) -> set[str]:
        """Return those addresses of which every IP address is outside, all looked up together.

        The engine resolves anew: names may change in between (docs/engines.md).
        """
        hosts = {url: host for url in urls if (host := host_of(url))}
        found = self.resolver.resolve(set(hosts.values())) if hosts else {}
        return {
            url
            for url, host in hosts.items()
            if host in found and all(is_outside(one, self.ours) for one in found[host])
        }


def add_target(
    *, broadcast_id: str, draft: TargetDraft, safe: Safe, outside: Outside
) -> TargetSummary:
    """Want a broadcast sent on to a service from its next look at the engine on.

    Raises:
        BadTarget: no RTMP address on the open Internet.
        TooManyTargets: it has as many as it may.

    """
    if count_targets(broadcast_id=broadcast_id) >= MAX_TARGETS:
        raise TooManyTargets(broadcast_id=broadcast_id, limit=MAX_TARGETS)
    # No name and one of ours are answered alike: nobody may find out which names we have.
    if not outside.among([draft.url]):
        raise BadTarget(field="url")
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


@dataclass(frozen=True, slots=True)
class _Look:
    """A running broadcast's targets, and those the engine has."""

    session: EngineSession
    targets: list[StreamTarget]
    there: dict[str, TargetState]

    def due(self) -> list[StreamTarget]:
        """Return what the engine was not told yet to send this session to."""
        return [
            target
            for target in self.targets
            if not target.is_removed
            and (str(target.id) not in self.there or target.session_id != self.session.session_id)
        ]


def carry_out(
    *, sessions: dict[str, EngineSession], port: StreamTargets, safe: Safe, outside: Outside
) -> None:
    """Have the engine send every running broadcast where it is wanted, and note how that does."""
    wanted: dict[str, list[StreamTarget]] = {}
    for target in StreamTarget.objects(broadcast_id__in=list(sessions)):
        wanted.setdefault(target.broadcast_id, []).append(target)
    looks = [
        look
        for broadcast_id, targets in wanted.items()
        if (look := _look(sessions[broadcast_id], targets, port))
    ]
    urls = outside.among({str(target.url) for look in looks for target in look.due()})
    for look in looks:
        try:
            _carry_out(look, port, safe, urls)
        except (EngineDown, EngineRefused) as failed:
            log.warning(
                "targets not seen", broadcast=look.targets[0].broadcast_id, why=str(failed)
            )


def withdraw(*, broadcast_id: str, port: StreamTargets) -> None:
    """Send a broadcast that is over nowhere any more. Safe to repeat."""
    for state in port.list_states(broadcast_id):
        port.remove(broadcast_id, state.target_id)
    StreamTarget.objects(broadcast_id=broadcast_id, is_removed=True).delete()
    StreamTarget.objects(broadcast_id=broadcast_id).update(
        set__state="waiting", set__session_id=""
    )


def _look(
    session: EngineSession, targets: list[StreamTarget], port: StreamTargets
) -> _Look | None:
    broadcast_id = targets[0].broadcast_id
    try:
        there = {state.target_id: state for state in port.list_states(broadcast_id)}
    except (EngineDown, EngineRefused) as failed:
        log.warning("targets not seen", broadcast=broadcast_id, why=str(failed))
        return None
    return _Look(session, targets, there)


def _carry_out(look: _Look, port: StreamTargets, safe: Safe, outside: Collection[str]) -> None:
    states = dict(look.there)
    for target in look.due():
        target_id = str(target.id)
        if target.url in outside:
            states[target_id] = _send(target, look.session, port, safe)
            continue
        if target_id in look.there:
            port.remove(target.broadcast_id, target_id)
        states[target_id] = TargetState(target_id=target_id, state="failed", error=NOT_OUTSIDE)
    for target in look.targets:
        if not target.is_removed:
            _note(target, states[str(target.id)], look.session)
            continue
        port.remove(target.broadcast_id, str(target.id))
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
