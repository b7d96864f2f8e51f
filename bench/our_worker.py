"""Our side of `tasks.*`: `bench.on_django bench.our_worker TASKS POOL`.

`manage.py worker` with the numbers of one pool, an empty task and a queue of the bench.
"""

from __future__ import annotations

from dataclasses import replace

from django.core.management import call_command

from bench.task_actors import OUR_QUEUE, Bench
from workers import worker
from workers.app import app


def main(tasks: str, pool: str) -> None:
    worker.BY_NAME[OUR_QUEUE] = replace(worker.BY_NAME[pool], name=OUR_QUEUE)
    bench = Bench(int(tasks), OUR_QUEUE)
    task = app.task(name=f"{OUR_QUEUE}.nothing")(bench.task())
    bench.serve(task.delay)
    call_command("worker", OUR_QUEUE)
