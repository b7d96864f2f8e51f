"""`python -m workers.ingest`: the embedded RTMP ingest as one process.

Exit codes: 0 after SIGTERM or SIGINT, 1 if it cannot begin (the sentence is on stderr), 2 for
arguments that make no sense.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Final

import httpx
import structlog

from kit.logs import configure
from workers.ingest import health
from workers.ingest.dvr import KEEP_MIN_S, KEEP_S
from workers.ingest.hooks import Hooks
from workers.ingest.server import Ingest, Options
from workers.ingest.session import HANDSHAKE_S, HEARTBEAT_S, IDLE_S, Pace
from workers.ingest.storage import MIN_FREE_MB, Storage

HOUR_S: Final = 3600

_log = structlog.get_logger(__name__)


def main() -> int:
    """Run until told to stop."""
    arguments = _arguments()
    configure(as_json=os.environ.get("LOG_FORMAT", "json") == "json")
    secret = os.environ.get(arguments.hook_secret_env, "")
    if not secret:
        return _refuse(f"{arguments.hook_secret_env} is not set: hooks cannot be signed.")
    try:
        arguments.dir.mkdir(parents=True, exist_ok=True)
        asyncio.run(_run(arguments, secret))
    except OSError as failed:
        return _refuse(f"The ingest cannot begin: {failed}.")
    return 0


def _refuse(sentence: str) -> int:
    sys.stderr.write(sentence + "\n")
    return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="workers.ingest", description="RTMP in, HLS out.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1935)
    parser.add_argument("--hook-url", required=True)
    parser.add_argument("--hook-secret-env", default="INGEST_HOOK_SECRET")
    parser.add_argument("--dir", type=Path, required=True, help="where broadcasts' folders go")
    parser.add_argument("--health-port", type=int, default=None, help="none: no health page")
    parser.add_argument("--heartbeat-s", type=_seconds, default=HEARTBEAT_S)
    parser.add_argument("--idle-s", type=_seconds, default=IDLE_S)
    parser.add_argument("--handshake-s", type=_seconds, default=HANDSHAKE_S)
    parser.add_argument(
        "--min-free-mb",
        type=int,
        default=MIN_FREE_MB,
        help="megabytes that must stay free on the disk; below, sessions end",
    )
    parser.add_argument(
        "--dvr-s",
        type=float,
        default=KEEP_S,
        help=f"seconds that players can go back; at least {KEEP_MIN_S:.0f} are kept",
    )
    return parser.parse_args()


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= HOUR_S:
        raise argparse.ArgumentTypeError("must be above 0 and at most an hour")
    return seconds


async def _run(arguments: argparse.Namespace, secret: str) -> None:
    # One thread per ffmpeg is what the default watcher of 3.11 would cost.
    watcher = asyncio.PidfdChildWatcher()
    watcher.attach_loop(asyncio.get_running_loop())
    asyncio.set_child_watcher(watcher)
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    pace = Pace(arguments.heartbeat_s, arguments.idle_s, arguments.handshake_s)
    # A proxy from the environment must not get to see stream keys.
    async with httpx.AsyncClient(trust_env=False) as client:
        hooks = Hooks(arguments.hook_url, secret, client)
        storage = Storage(arguments.dir.resolve(), arguments.min_free_mb * 1_000_000)
        ingest = Ingest(hooks, Options(storage, arguments.dvr_s, pace))
        servers = [await ingest.listen(arguments.host, arguments.port)]
        if arguments.health_port is not None:
            pages = ingest.pages()
            servers.append(await health.listen(arguments.host, arguments.health_port, pages))
        _log.info("ingest listens", host=arguments.host, port=arguments.port)
        chores = [asyncio.create_task(each) for each in (ingest.tidy(), ingest.guard_storage())]
        await told.wait()
        for chore in chores:
            chore.cancel()
        for server in servers:
            server.close()
        await ingest.shut_down()
    _log.info("ingest ended")


if __name__ == "__main__":
    raise SystemExit(main())
