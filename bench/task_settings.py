"""The tests' settings with one more pool, so that a broker's real queues are left alone."""

from typing import Final

from config.settings.test import *  # noqa: F403
from config.settings.test import CELERY as _CELERY

POOL: Final = "bench"

WORKER_POOLS: tuple[str, ...] = (POOL, "default")  # type: ignore[no-redef]
CELERY = {**_CELERY, "task_routes": {f"{POOL}.*": {"queue": POOL}}}
