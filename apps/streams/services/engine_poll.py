"""One look at an engine that is polled: sessions are opened, renewed, stopped, or cut."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.db import Error as AccountsAway

from apps.streams.contracts import EngineSession
from apps.streams.errors import EngineDown, KeyRefused, LiveQuotaSpent, StaleSession
from apps.streams.ports import LiveFiles, LiveOutput, MediaEngine, Recorder, StreamTargets
from apps.streams.queries.engine_sessions import OpenSession, find_valid_keys, get_open_session
from apps.streams.rules.air import DEFAULTS, AirRules
from apps.streams.rules.broadcasts import ON_AIR_STATES
from apps.streams.rules.engine_sessions import sort_sessions
from apps.streams.rules.keys import key_digest
from apps.streams.services import engine_looks, sessions
from apps.streams.services.targets import Outside
from kit.secrets import Safe

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParts:
    """The ports a poll needs."""

    engine: MediaEngine
    files: LiveFiles
    output: LiveOutput
    recorder: Recorder
    targets: StreamTargets


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How keys are hashed and sealed, how long a session holds, where it may go, its limits."""

    pepper: str
    lease_s: int
    safe: Safe
    outside: Outside
    rules: AirRules = DEFAULTS


@dataclass(slots=True)
class Synced:
    """What a poll changed: broadcasts whose session began, and ended; how many were cut.

    `is_seen` says whether the engine answered, None where it was not asked.
    """

    began: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    running: dict[str, EngineSession] = field(default_factory=dict)
    cut: int = 0
    takeovers: int = 0
    is_seen: bool | None = None


@dataclass(slots=True)
class Poll:
    """One look at an engine whose sessions we open and close ourselves."""

    parts: EngineParts
    terms: Terms
    now: datetime
    known: list[OpenSession]
    synced: Synced = field(default_factory=Synced)

    def run(self, listed: list[EngineSession]) -> Synced:
        # A provider may use a name again: of two rows the one that is not over is meant.
        rows = {row.session_id: row for row in sorted(self.known, key=lambda it: not it.is_over)}
        stalled = engine_looks.take_stalled(listed, now=self.now)
        moving = [one for one in listed if one.session_id not in stalled]
        places = self._places(moving, rows)
        found = sort_sessions(moving, place_of=places, known=rows, now=self.now)
        for session in (*found.unwanted, *(one for one in listed if one.session_id in stalled)):
            self._cut(session)
        for session in found.chosen:
            self._carry(session, rows.get(session.session_id))
        staying = {(one.session_id, places[one.session_id]) for one in found.chosen}
        for row in self.known:
            if (row.session_id, row.broadcast_id) not in staying:
                self._stop(row)
        return self.synced

    def _places(self, listed: list[EngineSession], rows: dict[str, OpenSession]) -> dict[str, str]:
        """Map sessions whose key is valid to the place they hold or want.

        A name that is no valid key is neither kept nor logged. A key of a channel wants what the
        channel has on air, so that two phones of one creator cannot take turns. What publishes to
        a broadcast that is over holds no place: with a channel's key it would begin another.
        """
        digests = {
            one.session_id: key_digest(one.name, pepper=self.terms.pepper) for one in listed
        }
        keys = find_valid_keys(digests=set(digests.values()))
        places = {}
        for session_id, digest in digests.items():
            key = keys.get(digest)
            if key is None:
                continue
            row = rows.get(session_id)
            if row is not None and key.broadcast_id not in {"", row.broadcast_id}:
                row = None
                del rows[session_id]
            if row is None:
                on_air = [
                    it.broadcast_id for it in self.known if _is_on_air_of(it, key.creator_id)
                ]
                wanted = key.broadcast_id or max(on_air, default=f"channel {key.creator_id}")
                places[session_id] = wanted
            elif not row.is_fenced and not row.is_over:
                places[session_id] = row.broadcast_id
        return places

    def _carry(self, session: EngineSession, row: OpenSession | None) -> None:
        """Begin or renew a session; what fails is tried again at the next look."""
        try:
            if row is None:
                # A newer session of a broadcast on air has to be shown in place of the older one.
                row = self._open(session)
                self._show(row, session)
            elif row.state == "live":
                self._renew(row)
                self._record(row, session)
            else:
                self._show(row, session)
            self.synced.running[row.broadcast_id] = session
        except (KeyRefused, StaleSession, LiveQuotaSpent):
            self._cut(session)
        except (EngineDown, AccountsAway) as down:
            log.warning("session waits", session=session.session_id, why=str(down))

    def _open(self, session: EngineSession) -> OpenSession:
        grant = sessions.open_session(
            key=session.name,
            session_id=session.session_id,
            pepper=self.terms.pepper,
            lease_s=self.terms.lease_s,
            now=self.now,
            rules=self.terms.rules,
        )
        self.synced.takeovers += grant.took_over
        return get_open_session(broadcast_id=grant.broadcast_id)

    def _show(self, row: OpenSession, session: EngineSession) -> None:
        self.parts.output.publish(row.broadcast_id, session)
        self._record(row, session)
        sessions.start_session(
            broadcast_id=row.broadcast_id,
            epoch=row.epoch,
            lease_s=self.terms.lease_s,
            now=self.now,
            rules=self.terms.rules,
        )
        self.synced.began.append(row.broadcast_id)

    def _renew(self, row: OpenSession) -> None:
        sessions.renew_session(
            broadcast_id=row.broadcast_id,
            epoch=row.epoch,
            lease_s=self.terms.lease_s,
            now=self.now,
            is_playing=True,
            rules=self.terms.rules,
        )

    def _record(self, row: OpenSession, session: EngineSession) -> None:
        """Have it recorded. A recorder that will not start takes nobody off the air."""
        if not row.record or session.is_recorded:
            return
        try:
            self.parts.recorder.start(row.broadcast_id, session)
        except EngineDown as down:
            log.warning("not recorded yet", broadcast=row.broadcast_id, why=str(down))

    def _cut(self, session: EngineSession) -> None:
        self.synced.cut += 1
        try:
            self.parts.engine.disconnect(session.session_id)
        except EngineDown as down:
            log.warning("session not cut yet", session=session.session_id, why=str(down))

    def _stop(self, row: OpenSession) -> None:
        sessions.stop_session(
            broadcast_id=row.broadcast_id, epoch=row.epoch, now=self.now, reason="gone"
        )
        self.synced.stopped.append(row.broadcast_id)


def _is_on_air_of(row: OpenSession, creator_id: str) -> bool:
    return row.creator_id == creator_id and row.state in ON_AIR_STATES
