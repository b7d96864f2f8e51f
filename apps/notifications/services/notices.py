"""Notices: ask for one, cut its audience into chunks, and find what got stuck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import structlog

from apps.accounts.contracts import Follower
from apps.notifications import queries
from apps.notifications.contracts import NewNotice, Stuck
from apps.notifications.documents import Chunk, NoticeEvent
from apps.notifications.errors import NoticeNotFound
from apps.notifications.ports import Audience
from apps.notifications.rules import notices
from apps.notifications.rules.sending import CHUNK_USERS

log = structlog.get_logger()

# A chunk may wait this long in a queue behind others before its task counts as lost.
LOST_AFTER: Final = timedelta(seconds=60)
STUCK_AT_ONCE: Final = 500


def request_notice(*, notice: NewNotice, now: datetime) -> str:
    """Write a notice down and announce it in one write; return its id.

    Asking again under the same key changes nothing and returns the first one's id.

    Raises:
        UnknownNoticeType: the registry has no such type.

    """
    asked = NoticeEvent.objects.ask(
        key=notice.key,
        type=notices.find_type(notice.type).name,
        audience=notice.audience,
        creator_id=notice.creator_id,
        facts=dict(notice.facts),
        payload=dict(notice.payload),
        expires_at=notices.expires_at(notice.type, now),
        asked_at=now,
        created_at=now,
    )
    return str(asked.id)


def withdraw_notice(*, key: str, now: datetime) -> None:
    """Stop pushing a notice that is true no longer; inboxes keep it."""
    NoticeEvent.objects(key=key, expires_at__gt=now).update(set__expires_at=now)


def plan_notice(*, notice_id: str, audience: Audience, now: datetime) -> Iterator[str]:
    """Cut a notice's audience into chunks, and yield the id of each that is to be sent.

    May run twice, even at once: a chunk that is there keeps its range, and planning goes on
    behind it, so that every follower lies in exactly one chunk.

    Raises:
        NoticeNotFound: there is none of this id.

    """
    notice = _get(notice_id)
    after, number, users = "", 0, 0
    while page := audience.list_followers(
        creator_id=notice.creator_id, after=after, limit=CHUNK_USERS
    ):
        chunk = Chunk.objects.ensure(
            chunk_id(notice_id, number),
            notice_id=notice_id,
            n=number,
            after=after,
            upto=page[-1].edge_id,
            size=len(page),
            queued_at=now,
        )
        after, number, users = chunk.upto, number + 1, users + chunk.size
        if chunk.state == "open":
            yield chunk.id
    NoticeEvent.objects.planned(notice_id, chunks=number, users=users)
    finish_notice(notice_id=notice_id)


def plan_personal(*, notice_id: str, now: datetime) -> str:
    """Make the one chunk of a notice to one person; return its id. Safe to repeat.

    Raises:
        NoticeNotFound: there is none of this id.

    """
    notice = _get(notice_id)
    chunk = Chunk.objects.ensure(
        chunk_id(notice_id, 0),
        notice_id=notice_id,
        n=0,
        user_ids=[notice.audience],
        size=1,
        queued_at=now,
    )
    NoticeEvent.objects.planned(notice_id, chunks=1, users=1)
    return str(chunk.id)


def chunk_id(notice_id: str, number: int) -> str:
    return f"{notice_id}:{number}"


def list_range(*, chunk: Chunk, creator_id: str, audience: Audience) -> list[Follower]:
    """Return the followers between a chunk's edges, however many there are by now."""
    found: list[Follower] = []
    after = chunk.after
    while after < chunk.upto:
        page = audience.list_followers(creator_id=creator_id, after=after, limit=CHUNK_USERS)
        found += [edge for edge in page if edge.edge_id <= chunk.upto]
        after = page[-1].edge_id if page else chunk.upto
    return found


def finish_notice(*, notice_id: str) -> bool:
    """Close a notice whose chunks are all done, and add up their counters."""
    chunks = queries.list_chunks(notice_id=notice_id)
    if any(chunk["state"] != "done" for chunk in chunks):
        return False
    total: Counter[str] = Counter()
    for chunk in chunks:
        total.update(chunk["counters"])
    return bool(NoticeEvent.objects.finish(notice_id, counters=total))


def find_stuck(*, now: datetime) -> Stuck:
    """Return what waits without a task, by age, and note that it is queued again."""
    found = Stuck(plans=[], chunks=[], personal=[])
    before = now - LOST_AFTER
    for notice in queries.list_stuck_notices(asked_before=before, limit=STUCK_AT_ONCE):
        if finish_notice(notice_id=notice.id) and notice.state == "sending":
            continue
        if notice.state == "planning":
            lost = found.plans if notices.is_bulk(notice.audience) else found.personal
            lost.append(notice.id)
        NoticeEvent.objects(id=notice.id).update(set__asked_at=now)
    for chunk in queries.list_stuck_chunks(now=now, queued_before=before, limit=STUCK_AT_ONCE):
        if chunk.user_ids:
            found.personal.append(chunk.notice_id)
        else:
            found.chunks.append(chunk.id)
        Chunk.objects(id=chunk.id).update(set__queued_at=now)
    if found.plans or found.chunks or found.personal:
        log.warning("stuck notices", plans=len(found.plans), chunks=len(found.chunks))
    return found


def _get(notice_id: str) -> NoticeEvent:
    notice: NoticeEvent | None = NoticeEvent.objects(id=notice_id).first()
    if notice is None:
        raise NoticeNotFound(notice_id=notice_id)
    return notice
