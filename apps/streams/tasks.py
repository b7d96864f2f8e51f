"""Celery entry points: a name, one call. The prefix of the name is the queue."""

from __future__ import annotations

from typing import Final

from celery import shared_task

from apps.streams import public as streams

# An ended broadcast without a stored recording is driven again after this long.
OVERDUE_S: Final = 120


@shared_task(name="streams.sweep")
def sweep() -> None:
    streams.sweep()


@shared_task(name="streams.disconnect")
def disconnect(*, broadcast_id: str, epoch: int | None = None) -> None:
    streams.disconnect(broadcast_id=broadcast_id, epoch=epoch)


@shared_task(name="streams.poll_engine")
def poll_engine() -> None:
    for broadcast_id in streams.poll_engine():
        store_recording.delay(broadcast_id=broadcast_id)


@shared_task(name="streams.tend_pool")
def tend_pool() -> None:
    streams.tend_pool()


@shared_task(name="streams.expect_recording")
def expect_recording(*, broadcast_id: str) -> None:
    streams.expect_recording(broadcast_id=broadcast_id)


@shared_task(name="streams.store_recording")
def store_recording(*, broadcast_id: str) -> None:
    streams.store_recording(broadcast_id=broadcast_id)


@shared_task(name="streams.roll_up_presence")
def roll_up_presence() -> None:
    streams.roll_up_presence()


@shared_task(name="streams.reconcile")
def reconcile() -> None:
    for broadcast_id in streams.list_unstored(older_than_s=OVERDUE_S):
        store_recording.delay(broadcast_id=broadcast_id)
