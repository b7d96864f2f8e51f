"""The sandbox inside another process: a thread with its own event loop, on free ports."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.credentials import Credentials
from sandbox.serving import Addresses, Options, Ready, run

START_S = 30.0
STOP_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIns:
    """The running sandbox: where it is and what to show it."""

    google_url: str
    fcm_url: str
    apns_url: str
    wowza_url: str
    ca_file: Path
    credentials: Credentials


@contextmanager
def serving(options: Options) -> Iterator[StandIns]:
    """Run the sandbox for the length of a `with`.

    Raises:
        OSError: a port is taken, or the directory cannot be written.
        TimeoutError: it did not come up within 30 s.

    """
    up: Future[tuple[Ready, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def main() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        await run(options, lambda ready: up.set_result((ready, loop, stop)), stop)

    def body() -> None:
        try:
            asyncio.run(main())
        except OSError as refused:
            if up.done():
                raise
            up.set_exception(refused)

    thread = threading.Thread(target=body, name="sandbox", daemon=True)
    thread.start()
    ready, loop, stop = up.result(timeout=START_S)
    try:
        yield _stand_ins(ready.addresses, ready.credentials)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(timeout=STOP_S)


def _stand_ins(addresses: Addresses, credentials: Credentials) -> StandIns:
    return StandIns(
        google_url=addresses.google_url,
        fcm_url=addresses.fcm_url,
        apns_url=addresses.apns_url,
        wowza_url=addresses.wowza_url,
        ca_file=credentials.ca_file,
        credentials=credentials,
    )
