"""/metrics of processes that serve no HTTP otherwise: workers, beat, relay, consumer.

METRICS_PORT asks for it. A worker's children count into a folder that all of them share, as they
have no port of their own; it must be named before prometheus_client is imported, so this module
imports that late.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from celery import signals

from config.env import environment

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"


def prepare() -> None:
    """Make a worker's processes share one folder; call it before any metric is made."""
    port = environment().metrics_port
    if not port or "worker" not in sys.argv[1:] or FOLDER in os.environ:
        return
    prefix = f"showrunner-metrics-{port}-"
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        # of a killed worker: no two can serve one port
        shutil.rmtree(left, ignore_errors=True)
    folder = tempfile.mkdtemp(prefix=prefix)
    os.environ[FOLDER] = folder
    atexit.register(_remove, folder, os.getpid())


def _remove(folder: str, made_by: int) -> None:
    if os.getpid() == made_by:  # a child ends before its parent, and shares the folder
        shutil.rmtree(folder, ignore_errors=True)


def serve() -> None:
    """Answer /metrics on METRICS_PORT in a thread, where it is set.

    Raises:
        SystemExit: the port is taken.

    """
    port = environment().metrics_port
    if not port:
        return
    from prometheus_client import (  # noqa: PLC0415 (see above)
        REGISTRY,
        CollectorRegistry,
        multiprocess,
        start_http_server,
    )

    registry = REGISTRY
    if FOLDER in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    try:
        start_http_server(port, addr=environment().metrics_host, registry=registry)
    except OSError as taken:
        raise SystemExit(f"METRICS_PORT {port} cannot be served: {taken.strerror}.") from taken


@signals.celeryd_init.connect
@signals.beat_init.connect
def serve_celery(**_: Any) -> None:
    serve()


@signals.worker_process_shutdown.connect
def forget_child(pid: int, **_: Any) -> None:
    """Drop what only a living process has (gauges); what it counted stays counted."""
    if FOLDER in os.environ:
        from prometheus_client import multiprocess  # noqa: PLC0415 (see above)

        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
