"""Sending one chunk: exactly once as far as a device sees it, whatever dies on the way.

Before a batch leaves, its devices are written down as on the wire; after it, their outcomes are.
Whoever continues after a crash finds exactly those in doubt: they are sent once more under the
same push id and collapse id, without sound or banner. What a provider surely did not take is
sent again as if for the first time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

import structlog

from apps.notifications.contracts import Outcome
from apps.notifications.documents import LONG_AGO, Chunk, NoticeEvent
from apps.notifications.errors import ChunkBusy, ChunkNotFound, PushesLeft
from apps.notifications.ports import Audience, Message, Push, PushProvider
from apps.notifications.queries import Target
from apps.notifications.rules import notices, sending
from apps.notifications.rules.sending import Fate
from apps.notifications.services import casualties
from apps.notifications.services.notices import finish_notice
from apps.notifications.services.targets import Crowd, find_crowd
from kit.ids import new_id

log = structlog.get_logger()

Clock = Callable[[], datetime]


class _LeaseLost(Exception):
    """Somebody else continues this chunk; nothing more may be sent or written."""


@dataclass(slots=True)
class _Run:
    """One worker's turn at a chunk: what is decided, what is in doubt, how long to wait."""

    chunk: Chunk
    notice: NoticeEvent
    providers: Mapping[str, PushProvider]
    clock: Clock
    decided: dict[str, Fate]
    doubtful: set[str]
    messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    wait_s: int = 0


def send_chunk(
    *, chunk_id: str, audience: Audience, providers: Mapping[str, PushProvider], clock: Clock
) -> None:
    """Send what is left of a chunk. Safe to run twice, and at once.

    Raises:
        ChunkNotFound: there is none of this id.
        ChunkBusy: another worker is at it, or its next try is not due yet.
        PushesLeft: some pushes are worth another try; the caller may retry.

    """
    chunk = _take(chunk_id, clock())
    if chunk is None:
        return
    run = _inherit(chunk, NoticeEvent.objects.get(id=chunk.notice_id), providers, clock)
    crowd = find_crowd(chunk=chunk, notice=run.notice, audience=audience, now=clock())
    if crowd.not_before is not None:
        Chunk.objects.release(chunk, not_before=crowd.not_before)
        return
    try:
        _send_all(run, crowd.targets)
        _conclude(run, crowd)
    except _LeaseLost:
        log.warning("chunk lease lost", chunk_id=chunk_id)


def _take(chunk_id: str, now: datetime) -> Chunk | None:
    """Lease a chunk; None where there is nothing left to do."""
    chunk: Chunk | None = Chunk.objects.take(
        chunk_id, owner=new_id(), now=now, lease=sending.LEASE
    )
    if chunk is not None:
        return chunk
    held = Chunk.objects(id=chunk_id).first()
    if held is None:
        raise ChunkNotFound(chunk_id=chunk_id)
    if held.state != "done":
        due_at = max(held.lease_until, held.not_before)
        wait_s = max(1, math.ceil((due_at - now).total_seconds()))
        raise ChunkBusy(chunk_id=chunk_id, retry_after_s=wait_s)
    finish_notice(notice_id=held.notice_id)
    return None


def _inherit(
    chunk: Chunk, notice: NoticeEvent, providers: Mapping[str, PushProvider], clock: Clock
) -> _Run:
    """Take over what an earlier worker left, its last batch in doubt."""
    run = _Run(
        chunk=chunk,
        notice=notice,
        providers=providers,
        clock=clock,
        decided=sending.unpack_fates(chunk.outcomes),
        doubtful=set(sending.unpack_ids(chunk.doubtful)),
    )
    on_wire = sending.unpack_ids(chunk.on_wire)
    if chunk.on_wire_passive:
        _settle(run, dict.fromkeys(on_wire, Fate.UNKNOWN))
    else:
        run.doubtful.update(on_wire)
    return run


def _send_all(run: _Run, targets: Sequence[Target]) -> None:
    """Send to everyone undecided, provider by provider, what is in doubt last."""
    if run.chunk.attempts > sending.MAX_ATTEMPTS:
        return  # whatever kills its workers must not do so for ever
    away: set[str] = set()

    def lane(target: Target) -> tuple[bool, str]:
        return target.id in run.doubtful, target.provider

    waiting = [target for target in targets if target.id not in run.decided]
    for (passive, provider), row in groupby(sorted(waiting, key=lane), key=lane):
        for batch in sending.cut(list(row), sending.BATCH_PUSHES):
            if provider in away:
                break
            if run.clock() >= _expiry(run):
                return
            outcomes = _send_batch(run, provider, batch, passive=passive)
            if sending.is_provider_away(outcomes):
                away.add(provider)


def _send_batch(
    run: _Run, provider: str, batch: Sequence[Target], *, passive: bool
) -> list[Outcome]:
    ids = [target.id for target in batch]
    run.doubtful.difference_update(ids)
    run.chunk.doubtful = sending.pack_ids(run.doubtful)
    until = run.clock() + sending.LEASE
    if not Chunk.objects.put_on_wire(
        run.chunk, sending.pack_ids(ids), passive=passive, until=until
    ):
        raise _LeaseLost
    pushes = [_push(run, target, passive=passive) for target in batch]
    outcomes = run.providers[provider].send(pushes)
    known = _judge(run, batch, outcomes, passive=passive)
    known |= casualties.bury(batch, outcomes, now=run.clock())
    _settle(run, known)
    run.wait_s = max(run.wait_s, *(outcome.retry_after_s for outcome in outcomes))
    return outcomes


def _judge(
    run: _Run, batch: Sequence[Target], outcomes: Sequence[Outcome], *, passive: bool
) -> dict[str, Fate]:
    """Return the last words there are; what may have arrived stays in doubt."""
    known = {}
    for target, outcome in zip(batch, outcomes, strict=True):
        last = sending.fate(outcome.verdict, passive=passive)
        if last is not None:
            known[target.id] = last
        elif sending.is_in_doubt(outcome.verdict, passive=passive):
            run.doubtful.add(target.id)
    return known


def _settle(run: _Run, fates: Mapping[str, Fate]) -> None:
    run.decided.update(fates)
    run.doubtful.difference_update(fates)
    run.chunk.doubtful = sending.pack_ids(run.doubtful)
    if not Chunk.objects.settle(run.chunk, sending.pack_fates(fates)):
        raise _LeaseLost


def _conclude(run: _Run, crowd: Crowd) -> None:
    """Close the chunk, or leave the rest for another try while that is worth it."""
    left = [target.id for target in crowd.targets if target.id not in run.decided]
    wait = timedelta(seconds=sending.wait_s(run.chunk.attempts, run.wait_s))
    again_at = run.clock() + wait
    is_expired = again_at >= _expiry(run)
    if left and run.chunk.attempts < sending.MAX_ATTEMPTS and not is_expired:
        Chunk.objects.release(run.chunk, not_before=again_at)
        raise PushesLeft(
            left=len(left), chunk_id=run.chunk.id, retry_after_s=math.ceil(wait.total_seconds())
        )
    if left:
        _settle(
            run,
            {
                known: sending.last_word(is_in_doubt=known in run.doubtful, is_expired=is_expired)
                for known in left
            },
        )
    counters = sending.count(run.decided.values()) | {"muted": crowd.muted}
    if not Chunk.objects.close(run.chunk, counters=counters):
        raise _LeaseLost
    finish_notice(notice_id=run.notice.id)


def _expiry(run: _Run) -> datetime:
    """Return when the notice stops being worth a push; read anew, as it may be withdrawn."""
    found = NoticeEvent.objects(id=run.notice.id).only("expires_at").first()
    return found.expires_at if found else LONG_AGO


def _push(run: _Run, target: Target, *, passive: bool) -> Push:
    lang = notices.known_lang(target.lang)
    key = (lang, target.platform)
    if key not in run.messages:
        run.messages[key] = _render(run.notice, lang, target.platform)
    return Push(
        push_id=notices.push_id(run.notice.id, target.id),
        installation_id=target.id,
        kind=target.kind,
        address=target.address,
        env=target.env,
        message=run.messages[key],
        passive=passive,
    )


def _render(notice: NoticeEvent, lang: str, platform: str) -> Message:
    title, body = notices.word(notice.type, lang, notice.facts)
    return Message(
        platform=platform,
        title=title,
        body=body,
        data={**notice.payload, "notice_id": notice.id, "type": notice.type},
        thread_id=notice.creator_id or notice.type,
        collapse_id=notice.id,
        expires_at=notice.expires_at,
    )
