"""A store that is not there when a pool or the clock starts; web, relay: `tests/kit`."""

from __future__ import annotations

import os
import subprocess

import pytest
from honcho.environ import parse_procfile

from clients.demo.clips import ROOT
from tests.journeys.stage import BIN
from tests.services import free_port

pytestmark = pytest.mark.journey


class TestStart:
    @pytest.mark.parametrize(
        ("process", "variable", "url", "says"),
        [
            ("io", "MONGODB_URL", "mongodb://127.0.0.1:{port}/x", "The document server does"),
            ("io", "BROKER_URL", "amqp://u:secret@127.0.0.1:{port}//", "The broker does"),
            ("beat", "REDIS_STATE_URL", "redis://127.0.0.1:{port}/1", "Redis does"),
        ],
    )
    def test_ends_and_says_which_where_and_how(
        self, process: str, variable: str, url: str, says: str
    ) -> None:
        port = free_port()
        line = parse_procfile((ROOT / "Procfile").read_text()).processes[process]
        path = f"{BIN}:{os.environ['PATH']}"
        absent = {variable: url.format(port=port), "STARTUP_WAIT_S": "0", "PATH": path}

        ended = subprocess.run(  # noqa: S603
            ["/bin/sh", "-c", line],
            cwd=ROOT,
            env={**os.environ, **absent},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert ended.returncode == 1
        assert f"{says} not answer at" in ended.stderr
        assert str(port) in ended.stderr
        assert f"set {variable}" in ended.stderr or f"and {variable}" in ended.stderr
        assert "secret" not in ended.stderr
        assert "Traceback" not in ended.stderr
