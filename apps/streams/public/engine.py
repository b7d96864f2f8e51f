"""The media engine: compared with the documents, told of, looked at by operators."""

from __future__ import annotations

import hmac
from typing import Final

from django.utils import timezone
from prometheus_client import Counter, Gauge

from apps.streams import wiring
from apps.streams.contracts import EngineFinding, EngineLook, EngineSessionSummary
from apps.streams.errors import HookRefused
from apps.streams.queries import broadcasts as found_broadcasts
from apps.streams.services import engine_looks, engine_pool, engine_sync, ingest_health
from apps.streams.services.engine_poll import EngineParts, Terms
from kit.seen import Seen

HEARD: Final = Seen("streams")
HOOK: Final = "engine_hook"
TAKEOVERS: Final = Counter(
    "showrunner_session_takeovers_total",
    "Sessions that took over from one that was on air.",
)
UP: Final = Gauge(
    "showrunner_engine_up",
    "Whether the media engine answered when it was last asked.",
    multiprocess_mode="mostrecent",
)
CUT: Final = Counter(
    "showrunner_engine_cuts_total",
    "Sessions the engine was told to cut: strangers, revoked keys, stalled and older ones.",
)


def poll_engine() -> list[str]:
    """Compare once; return broadcasts that are over and whose last part just closed."""
    terms = Terms(
        pepper=wiring.key_pepper(),
        lease_s=wiring.lease_s(),
        safe=wiring.safe(),
        outside=wiring.outside(),
        rules=wiring.air_rules(),
    )
    synced = engine_sync.poll(parts=_parts(), terms=terms, clock=timezone.now)
    if synced.is_seen is not None:
        UP.set(synced.is_seen)
    TAKEOVERS.inc(synced.takeovers)
    CUT.inc(synced.cut)
    return found_broadcasts.list_ended_of(broadcast_ids=synced.stopped)


def measure_encoders() -> int:
    """Note how the encoders of a polled engine do; one with hooks tells by its heartbeats."""
    engine = wiring.media_engine()
    if not engine.is_polled():
        return 0
    return ingest_health.measure(
        statistics=engine, board=wiring.health_board(), clock=timezone.now
    )


def cut(*, broadcast_id: str) -> None:
    engine_sync.cut(broadcast_id=broadcast_id, engine=wiring.media_engine())


def release(*, broadcast_id: str) -> None:
    engine_sync.release(broadcast_id=broadcast_id, parts=_parts())
    engine_pool.give_back(broadcast_id=broadcast_id)


def tend_pool() -> None:
    """Fill the pool of an engine that has one, and start what is lent."""
    engine = wiring.media_engine()
    if engine.is_pooled():
        engine_pool.tend(
            pool=engine, size=wiring.pool_size(), safe=wiring.safe(), now=timezone.now()
        )


def check_engine() -> list[EngineFinding]:
    return wiring.media_engine().check(timezone.now())


def ensure_engine() -> list[str]:
    return wiring.media_engine().ensure()


def was_heard(*, event_id: str) -> bool:
    """Say whether an engine sent this event before; remember it. One without an id never was."""
    if not event_id:
        return False
    if HEARD.known(event_id, [HOOK]):
        return True
    HEARD.add(event_id, HOOK)
    return False


def find_engine_look() -> EngineLook | None:
    return engine_looks.find_look()


def list_engine_sessions() -> list[EngineSessionSummary]:
    """Return who publishes at the moment, without keys."""
    return engine_sync.summarize(wiring.media_engine().list_sessions())


def cut_engine_session(*, row_id: str) -> None:
    """Cut one connection, whoever it is, by the id it is listed under."""
    engine_sync.cut_listed(row_id=row_id, engine=wiring.media_engine())


def check_wowza_hook(*, key: str) -> None:
    """Raise HookRefused unless the Engine sent the header we set up."""
    _check(wiring.wowza_hook_secret(), key)


def check_wowza_video_hook(*, key: str) -> None:
    """Raise HookRefused unless the cloud called the path we told it."""
    _check(wiring.wowza_video_hook_secret(), key)


def _check(secret: str, key: str) -> None:
    if not secret or not hmac.compare_digest(secret.encode(), key.encode()):
        raise HookRefused


def _parts() -> EngineParts:
    engine = wiring.media_engine()
    return EngineParts(engine=engine, files=engine, output=engine, recorder=engine, targets=engine)
