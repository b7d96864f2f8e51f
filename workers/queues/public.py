"""The door of the queues: commands, desks and metrics look through it."""

from __future__ import annotations

from datetime import UTC, datetime

from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from kit import broker
from workers import progress
from workers.ledger import public as ledger
from workers.progress import Progress
from workers.queues import memory, readings, rules
from workers.queues.contracts import Look, Overview

OLDEST_S = rules.OLDEST_S
PROBLEMS = rules.PROBLEMS


def look(*, oldest_s: float = rules.OLDEST_S) -> Overview:
    """Look at every queue once; what is not known for a store that is away is None.

    Raises:
        BrokerDown: nobody answered within broker.CONNECT_S.

    """
    at = datetime.now(UTC)
    now = at.timestamp()
    found = {reading.name: reading for reading in readings.read()}
    told, filed, looks = _told(), _filed(), memory.recall()
    before = rules.choose(looks, now)
    working = [name for name in found if broker.dead_queue(name) in found]
    known = []
    for name in working:
        unfiled = found[broker.dead_queue(name)].ready
        known.append(
            rules.Known(
                reading=found[name],
                progress=told.get(name, Progress()),
                dead=unfiled if filed is None else unfiled + filed.pop(name, 0),
                now=now,
                before=before.queues.get(name) if before else None,
                before_at=before.at if before else 0.0,
            )
        )
    memory.keep(looks, Look(now, {one.reading.name: rules.seen(one) for one in known}))
    rows = [rules.row(one, oldest_s=oldest_s) for one in known]
    return Overview(
        at,
        "RabbitMQ" if readings.is_amqp() else "Redis",
        rows,
        is_ledger_known=filed is not None,
        dead_elsewhere=sum((filed or {}).values()),
    )


def _told() -> dict[str, Progress]:
    try:
        return progress.read()
    except RedisError:
        return {}


def _filed() -> dict[str, int] | None:
    try:
        return ledger.count_waiting()
    except PyMongoError:
        return None
