"""Audience, Harvests and HealthBoard that only remember: the scripts of `lua/`, in Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.streams.contracts import HealthPoint
from apps.streams.errors import AudienceAway
from apps.streams.ports import Harvest, People, Sign, Tally
from apps.streams.rules.histograms import bucket_of
from apps.streams.rules.ingest_health import MOST_POINTS, counters_of
from apps.streams.rules.presence import (
    BEACON_MS,
    BIN_MS,
    MOST_SESSIONS,
    PRESENT_MS,
    REMEMBERED_MS,
)
from apps.streams.rules.retention_curve import bin_of


@dataclass(slots=True)
class _Session:
    last: int
    allowed_until: int = 0
    live_since: int = 0
    watched: int = 0
    bin: int = -1
    lasted: int = 0
    has_started: bool = False
    forgotten_at: int = 0


@dataclass(slots=True)
class MemoryAudience:
    """One process's audience; a test may take it away."""

    is_away: bool = False
    here: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    owner: dict[tuple[str, str], str] = field(default_factory=dict)
    sessions: dict[tuple[str, str], _Session] = field(default_factory=dict)
    people: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    pending: dict[str, Counter[tuple[int, str]]] = field(default_factory=dict)
    aside: dict[str, Harvest] = field(default_factory=dict)
    number: int = 0

    def note(self, sign: Sign) -> Tally:
        self._ask()
        key = (sign.broadcast_id, sign.session)
        kept = self.sessions.get(key)
        if kept is not None and kept.forgotten_at <= sign.at:
            kept = None
        session = kept or _Session(sign.at)
        allowed_until = sign.allowed_until or session.allowed_until
        if allowed_until <= sign.at:
            return Tally(viewers=0, needs_verdict=True)
        gap = max(0, sign.at - session.last)
        if (kept is None or gap >= PRESENT_MS) and self._is_crowded(sign):
            return Tally(viewers=self._viewers(sign.broadcast_id, sign.at))
        if sign.allowed_until:
            session.allowed_until, session.live_since = sign.allowed_until, sign.live_since
        self._count(sign, session, gap, is_new=kept is None)
        self.sessions[key] = session
        self.owner[key] = sign.person
        self._stay(sign, session)
        viewers = self._viewers(sign.broadcast_id, sign.at)
        counts, peak = self._counts(sign), (sign.at // 60_000, "peak")
        counts[peak] = max(counts[peak], viewers)
        return Tally(viewers=viewers, is_counted=True)

    def count(self, broadcast_ids: Sequence[str], *, at: int) -> list[int]:
        self._ask()
        return [self._viewers(one, at) for one in broadcast_ids]

    def total(self, *, at: int) -> int:
        return sum(self.count(list(self.here), at=at))

    def take(self, *, limit: int) -> list[Harvest]:
        self._ask()
        for broadcast_id in [one for one in self.pending if one not in self.aside][:limit]:
            self.number += 1
            self.aside[broadcast_id] = _harvest(
                broadcast_id, self.number, self.pending.pop(broadcast_id)
            )
        return list(self.aside.values())[:limit]

    def settle(self, harvests: Sequence[Harvest]) -> None:
        self._ask()
        for harvest in harvests:
            if self.aside.get(harvest.broadcast_id) == harvest:
                del self.aside[harvest.broadcast_id]

    def unite(self, broadcast_id: str, sketch: bytes) -> People:
        self._ask()
        self.people[broadcast_id] |= set(sketch.decode().split())
        found = self.people[broadcast_id]
        return People(count=len(found), sketch=" ".join(sorted(found)).encode())

    def _ask(self) -> None:
        if self.is_away:
            raise AudienceAway

    def _viewers(self, broadcast_id: str, at: int) -> int:
        return sum(ends > at for ends in self.here[broadcast_id].values())

    def _is_crowded(self, sign: Sign) -> bool:
        present = {
            session
            for session, ends in self.here[sign.broadcast_id].items()
            if ends > sign.at and self.owner[sign.broadcast_id, session] == sign.person
        }
        return len(present) >= MOST_SESSIONS and sign.session not in present

    def _counts(self, sign: Sign) -> Counter[tuple[int, str]]:
        return self.pending.setdefault(sign.broadcast_id, Counter())

    def _count(self, sign: Sign, session: _Session, gap: int, *, is_new: bool) -> None:
        counts, minute = self._counts(sign), sign.at // 60_000
        if is_new:
            counts[minute, "views"] += 1
            counts[-1, "lasted:0"] += 1
            counts[-1, "people"] += sign.person not in self.people[sign.broadcast_id]
            self.people[sign.broadcast_id].add(sign.person)
        elif gap < BEACON_MS:
            return
        session.last = max(session.last, sign.at)
        credit = gap if gap <= PRESENT_MS else 0
        if sign.watched >= 0:
            credit = min(sign.watched, gap, PRESENT_MS)
        self._credit(sign, session, credit)
        if sign.startup_bucket >= 0 and not session.has_started:
            counts[minute, f"startups:{sign.startup_bucket}"] += 1
            session.has_started = True
        room = min(gap, PRESENT_MS)
        counts[minute, "rebuffer_ms"] += min(sign.rebuffer, room)
        counts[minute, "rebuffers"] += min(sign.rebuffers, room // 1000)
        for code in sign.errors:
            counts[minute, f"errors:{code}"] += 1
        self._move(sign, session, gap)

    def _credit(self, sign: Sign, session: _Session, credit: int) -> None:
        counts, minute = self._counts(sign), sign.at // 60_000
        counts[minute, "watch_ms"] += credit
        if sign.kbps and credit:
            counts[minute, "bits"] += sign.kbps * credit
            counts[minute, "rated_ms"] += credit
        session.watched += credit
        bucket = bucket_of(session.watched / 1000)
        counts[-1, f"lasted:{session.lasted}"] -= 1
        counts[-1, f"lasted:{bucket}"] += 1
        session.lasted = bucket

    def _move(self, sign: Sign, session: _Session, gap: int) -> None:
        position = sign.position
        if position < 0 and session.live_since:
            position = max(0, sign.at - session.live_since)
        if position < 0:
            return
        here, before = bin_of(position // 1000), session.bin
        if here == before:
            return
        is_played = before >= 0 and 0 < here - before <= gap // BIN_MS + 1
        for passed in range(before + 1 if is_played else here, here + 1):
            self._counts(sign)[-1, f"curve:{passed}"] += 1
        session.bin = here

    def _stay(self, sign: Sign, session: _Session) -> None:
        session.forgotten_at = sign.at + REMEMBERED_MS
        if sign.is_leaving:
            self.here[sign.broadcast_id].pop(sign.session, None)
        else:
            self.here[sign.broadcast_id][sign.session] = sign.at + PRESENT_MS


@dataclass(slots=True)
class MemoryHealth:
    """The last measurements of each broadcast, counted in the audience beside it."""

    audience: MemoryAudience = field(default_factory=MemoryAudience)
    points: dict[str, list[HealthPoint]] = field(default_factory=lambda: defaultdict(list))

    def note(self, broadcast_id: str, point: HealthPoint, *, dropped: int) -> None:
        self.points[broadcast_id] = [*self.points[broadcast_id], point][-MOST_POINTS:]
        counts = self.audience.pending.setdefault(broadcast_id, Counter())
        minute = int(point.at.timestamp() // 60)
        for name, amount in counters_of(point, dropped=dropped).items():
            counts[minute, name] += amount

    def read(self, broadcast_id: str, *, newest: int) -> list[HealthPoint]:
        return self.points[broadcast_id][-newest:]


def _harvest(broadcast_id: str, number: int, counts: Counter[tuple[int, str]]) -> Harvest:
    minutes: dict[int, dict[str, int]] = {}
    whole: dict[str, int] = {}
    for (minute, name), amount in counts.items():
        if amount:
            into = whole if minute < 0 else minutes.setdefault(minute, {})
            into[name] = amount
    return Harvest(broadcast_id=broadcast_id, number=number, minutes=minutes, whole=whole)
