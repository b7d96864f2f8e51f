"""Entry points for Celery. The prefix of a name is its queue."""

from __future__ import annotations

from celery import shared_task

from apps.notifications import public as notifications


@shared_task(name="push.bulk.plan")
def plan(*, notice_id: str) -> None:
    for chunk_id in notifications.plan_notice(notice_id=notice_id):
        send_chunk.delay(chunk_id=chunk_id)


@shared_task(name="push.bulk.send_chunk")
def send_chunk(*, chunk_id: str) -> None:
    notifications.send_chunk(chunk_id=chunk_id)


@shared_task(name="push.urgent.send")
def send(*, notice_id: str) -> None:
    notifications.send_personal(notice_id=notice_id)


@shared_task(name="push.bulk.reconcile")
def reconcile() -> None:
    stuck = notifications.find_stuck()
    for notice_id in stuck.plans:
        plan.delay(notice_id=notice_id)
    for chunk_id in stuck.chunks:
        send_chunk.delay(chunk_id=chunk_id)
    for notice_id in stuck.personal:
        send.delay(notice_id=notice_id)
