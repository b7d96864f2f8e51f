"""`api.home_cached`: GET /api/v1/home from the cache, against a view that only hands bytes over.

One granian process answers both, with the same settings and middleware, the same request headers
and the same bytes; wrk asks with one thread, so that a machine of two cores has one for each.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

import httpx

from bench.processes import ROOT, Failed, actor
from bench.rounds import interleave
from bench.rows import Row
from tests.services import free_port, server

ROUNDS: Final = 5
CONNECTIONS: Final = 12
ROUND_S: Final = 3
WARM_S: Final = 1
FILL_S: Final = 120.0
HOME: Final = "/api/v1/home"
BARE: Final = "/bench/bare"
SETTINGS: Final = {"DJANGO_SETTINGS_MODULE": "bench.settings"}


def measure() -> list[Row]:
    subprocess.run([str(ROOT / "tests" / "install-debian"), "wrk"], check=True)  # noqa: S603
    with actor("bench.on_django", "bench.feed", env=SETTINGS) as feed:
        feed.tell("fill")
        token = feed.hear(within_s=FILL_S)
    with tempfile.TemporaryDirectory(prefix="showrunner-bench-") as folder:
        ours, baseline = _served(Path(folder), {"Authorization": f"Bearer {token}"})
    return [
        Row(
            name="api.home_cached",
            value=ours,
            unit="requests/s",
            baseline=baseline,
            baseline_name="bare Django view, same bytes, server, settings and middleware",
            goal=0.5,
            better="higher",
        )
    ]


def _served(folder: Path, headers: dict[str, str]) -> tuple[float, float]:
    """Start the server, see that both routes answer the same, and measure them."""
    port, body, log = free_port(), folder / "body.json", folder / "web.log"
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "manage.py", "web", "--port", str(port)]
    with server("The web server", command, port, log, **SETTINGS, BENCH_BODY=str(body)):
        body.write_bytes(_fetched(url + HOME, headers))
        load = {path: partial(_load, url + path, headers) for path in (HOME, BARE)}
        for path in (HOME, BARE):
            load[path](seconds=WARM_S)
        found = interleave("api.home_cached", load[HOME], load[BARE], rounds=ROUNDS)
        if _fetched(url + HOME, headers) != _fetched(url + BARE, headers):
            raise Failed("the routes do not answer the same bytes")
    return found


def _fetched(url: str, headers: dict[str, str]) -> bytes:
    answer = httpx.get(url, headers=headers, timeout=20)
    answer.raise_for_status()
    return answer.content


def _load(url: str, headers: dict[str, str], *, seconds: int = ROUND_S) -> float:
    """Return the requests a second that wrk saw answered."""
    fields = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", *fields, url]
    ran = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 30)  # noqa: S603
    return read_wrk(ran.stdout)


def read_wrk(report: str) -> float:
    """Read requests a second from wrk's report.

    Raises:
        Failed: some requests were not answered, or not with success; their number is no speed.

    """
    if wrong := re.search(r"Non-2xx.*|Socket errors.*", report):
        raise Failed(f"wrk: {wrong[0]}")
    if rate := re.search(r"^Requests/sec:\s+([\d.]+)", report, re.MULTILINE):
        return float(rate[1])
    raise Failed(f"wrk told no rate: {report[-500:]}")
