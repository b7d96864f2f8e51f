"""A store that is not there when a process starts."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from clients.demo.clips import ROOT
from kit.startup import Missing, require, without_password
from tests.services import free_port


@pytest.mark.waits
class TestRequire:
    def test_goes_on_when_everything_answers(self) -> None:
        require(patience_s=2)

    @pytest.mark.parametrize(
        ("process", "variable", "url", "says"),
        [
            ("web", "MONGODB_URL", "mongodb://127.0.0.1:{port}/x", "The document server does not"),
            ("relay", "REDIS_STATE_URL", "redis://127.0.0.1:{port}/1", "Redis does not answer"),
            (
                "consumer",
                "BROKER_URL",
                "amqp://u:secret@127.0.0.1:{port}//",
                "The broker does not",
            ),
        ],
    )
    def test_ends_the_process_and_says_which_where_and_how(
        self, process: str, variable: str, url: str, says: str
    ) -> None:
        port = free_port()
        environment = {**os.environ, variable: url.format(port=port), "STARTUP_WAIT_S": "0"}

        ended = subprocess.run(  # noqa: S603
            [sys.executable, "manage.py", process],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert ended.returncode == 1
        assert says in ended.stderr
        assert str(port) in ended.stderr
        assert variable in ended.stderr
        assert "secret" not in ended.stderr

    def test_is_an_exit_and_not_a_traceback(self) -> None:
        assert issubclass(Missing, SystemExit)


def test_an_address_loses_its_password() -> None:
    assert without_password("amqp://u:p@host:5672//") == "amqp://host:5672//"
    assert without_password("redis://host/1") == "redis://host/1"
