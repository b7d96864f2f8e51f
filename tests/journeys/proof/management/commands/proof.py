"""`manage.py proof`: ask for everything the plan says, evenly over some time, whoever is away."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from django.core.management.base import BaseCommand
from pymongo.errors import ConnectionFailure
from typing_extensions import override

from kit import broker
from kit.documents import utc_now
from kit.ids import new_id
from tests.journeys.proof import events, plan
from tests.journeys.proof.documents import Parcel
from tests.journeys.proof.plan import Job, Step
from workers import topology
from workers.app import app

AGAIN_S: Final = 0.2
T = TypeVar("T")


class Command(BaseCommand):
    help = "Queue tasks and announce events as `tests.journeys.proof.plan` says."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        for name in ("tasks", "events", "seed", "within-s"):
            parser.add_argument(f"--{name}", type=int, required=True)

    @override
    def handle(self, *args: object, **options: Any) -> None:
        count, seed, within_s = options["events"], options["seed"], options["within_s"]
        for parcel in plan.parcels(count):
            Parcel(id=parcel).save()
        self.stdout.write("begun")
        self.stdout.flush()
        with ThreadPoolExecutor() as threads:
            queued = threads.submit(_evenly, plan.jobs(options["tasks"], seed), within_s, queue)
            told = threads.submit(_evenly, plan.steps(count, seed), within_s, go_on)
            spoilt = [spoil(parcel) for parcel in plan.spoilt(count)]
            garbled = [garble(body) for body in plan.no_events()]
            repeated = queued.result() + told.result() + sum((*spoilt, *garbled))
        self.stdout.write(f"asked for everything; {repeated} asked again")


def queue(job: Job) -> int:
    """Queue a task as the project does; one that raised is queued again under the same id."""
    if job.raw:
        return publish(job.raw, exchange=topology.TASKS, routing_key="streams")
    task = app.tasks.get(job.name)
    if task is None:
        return _until_done(lambda: app.send_task(job.name, (), job.arguments, task_id=job.id))
    return _until_done(lambda: task.apply_async(kwargs=job.arguments, task_id=job.id))


def go_on(step: Step) -> int:
    facts = [
        events.KINDS[kind](at=utc_now(), parcel=step.parcel, number=number)
        for number, kind in enumerate(step.kinds, start=step.number)
    ]
    return _until_done(lambda: Parcel.objects.go_on(step.parcel, facts))


def spoil(parcel: str) -> int:
    element = {"id": new_id(), "parcel": parcel}  # it has no key
    return _until_done(lambda: Parcel.objects.spoil(parcel, element))


def garble(body: bytes) -> int:
    return publish(body, exchange=topology.EVENTS, routing_key=events.Moved.key)


def publish(body: bytes, **where: Any) -> int:
    def once() -> None:
        with app.producer_or_acquire() as producer:
            producer.publish(
                body,
                **where,
                content_type="application/json",
                content_encoding="utf-8",
                delivery_mode=2,
                confirm_timeout=broker.CONFIRM_S,
            )

    return _until_done(once)


def _evenly(items: Sequence[T], within_s: float, act: Callable[[T], int]) -> int:
    began, repeated = time.monotonic(), 0
    for number, one in enumerate(items):
        time.sleep(max(0.0, began + within_s * number / len(items) - time.monotonic()))
        repeated += act(one)
    return repeated


def _until_done(act: Callable[[], object]) -> int:
    """Ask until it did not raise; return how often it was asked again."""
    again = 0
    while True:
        try:
            act()
        except (*broker.AWAY, ConnectionFailure):
            again += 1
            time.sleep(AGAIN_S)
        else:
            return again
