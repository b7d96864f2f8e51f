"""Real servers for the tests: `python -m tests.services [--rabbitmq] -- COMMAND`.

Starts a document server (unless MONGODB_URL names one), Redis and, where asked for, RabbitMQ on
free ports with their data in a temporary folder, runs the command with their addresses in its
environment, and stops them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from kombu import Connection

from workers.embedded.environment import Ports, free_ports, prepare

BIN: Final = Path(sys.executable).parent
START_S: Final = 60
STOP_S: Final = 20


class DidNotStart(SystemExit):
    """Names the server and the last lines of its log."""

    def __init__(self, name: str, log: Path) -> None:
        said = log.read_text(errors="replace")[-2_000:] if log.exists() else "nothing"
        super().__init__(f"{name} did not start within {START_S} s; its log says:\n{said}")


def free_port() -> int:
    return free_ports(1)[0]


def answers(port: int) -> bool:
    with socket.socket() as caller:
        caller.settimeout(0.5)
        return caller.connect_ex(("127.0.0.1", port)) == 0


def wait_until(is_true: Callable[[], bool], *, within_s: float) -> bool:
    """Ask every 50 ms until it is true or the time is over."""
    deadline = time.monotonic() + within_s
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def server(
    name: str, command: list[str], port: int, log: Path, **variables: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run one server in a process group of its own until the block ends."""
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 (our own commands)
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **variables},
            start_new_session=True,
        )
    try:
        if not wait_until(lambda: answers(port) or process.poll() is not None, within_s=START_S):
            raise DidNotStart(name, log)
        if process.poll() is not None:
            raise DidNotStart(name, log)
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and all it started; by force if it takes longer than STOP_S."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def documents(home: Path, port: int | None = None) -> Iterator[str]:
    """Yield the URL of an embedded document server.

    A database of another name isolates nothing: the server has one set of collections.
    """
    port = port or free_port()
    home.mkdir(parents=True, exist_ok=True)
    command = [
        *(sys.executable, "-m", "workers.embedded.documents", "--port", str(port)),
        *("--db", str(home / "documents.sqlite3")),
        *("--log-file", str(home / "nx.log"), "--pid-file", str(home / "nx.pid")),
    ]
    with server("The document server", command, port, home / "documents.log"):
        yield f"mongodb://127.0.0.1:{port}/test"


@contextmanager
def redis(home: Path, port: int | None = None) -> Iterator[str]:
    """Yield the URL of a Redis server, its database left open."""
    port = port or free_port()
    home.mkdir(parents=True, exist_ok=True)
    command = [
        *(str(BIN / "redis-server"), "--port", str(port), "--bind", "127.0.0.1"),
        *("--dir", str(home), "--save", "", "--appendonly", "no"),
    ]
    with server("Redis", command, port, home / "redis.log"):
        yield f"redis://127.0.0.1:{port}"


@contextmanager
def rabbitmq(home: Path, *, management_port: int = 0) -> Iterator[str]:
    """Yield the URL of a RabbitMQ node of its own (Debian's package), its API on a port."""
    binary = shutil.which("rabbitmq-server", path="/usr/lib/rabbitmq/bin:/usr/sbin")
    if binary is None:
        raise SystemExit(
            "RabbitMQ is not installed: `apt-get install rabbitmq-server` as root, "
            "or set AMQP_URL to a server the tests may use."
        )
    home.mkdir(parents=True, exist_ok=True)
    port, distribution, epmd = free_port(), free_port(), free_port()
    config = home / "rabbitmq.conf"
    config.write_text(
        f"listeners.tcp.1 = 127.0.0.1:{port}\n"
        "loopback_users = none\n"
        "log.console = true\n"
        "vm_memory_high_watermark.absolute = 1GB\n"
        "disk_free_limit.absolute = 100MB\n"
    )
    if management_port:
        with config.open("a") as more:
            more.write(f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {management_port}\n")
        (home / "enabled_plugins").write_text("[rabbitmq_management].\n")
    variables = {
        "RABBITMQ_NODENAME": f"showrunner{port}@localhost",
        "RABBITMQ_DIST_PORT": str(distribution),
        "ERL_EPMD_PORT": str(epmd),
        "RABBITMQ_CONFIG_FILE": str(config.with_suffix("")),
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "HOME": str(home),
    }
    url = f"amqp://guest:guest@127.0.0.1:{port}//"
    log = home / "rabbitmq.log"
    with server("RabbitMQ", [binary], port, log, **variables):
        # it listens a moment before it takes logins
        if not wait_until(lambda: _takes_logins(url), within_s=START_S):
            raise DidNotStart("RabbitMQ", log)
        yield url
    # the port mapper that the node started outlives it
    subprocess.run(["epmd", "-port", str(epmd), "-kill"], check=False, capture_output=True)  # noqa: S603, S607


def _takes_logins(url: str) -> bool:
    try:
        with Connection(url, connect_timeout=5) as connection:
            connection.connect()
    except OSError:
        return False
    return True


@contextmanager
def environment(*, with_rabbitmq: bool) -> Iterator[dict[str, str]]:
    """Yield the variables under which the tests run."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="showrunner-")))
        variables = prepare(home / "var", Ports.free())
        variables["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
        variables["STARTUP_WAIT_S"] = "1"
        variables["LOG_FORMAT"] = "json"
        given = os.environ.get("MONGODB_URL")
        variables["MONGODB_URL"] = given or stack.enter_context(documents(home / "documents"))
        redis_url = stack.enter_context(redis(home / "redis"))
        variables["REDIS_URL"] = f"{redis_url}/0"
        variables["REDIS_STATE_URL"] = f"{redis_url}/1"
        variables["BROKER_URL"] = f"{redis_url}/2"
        if with_rabbitmq:
            variables["AMQP_URL"] = os.environ.get("AMQP_URL") or stack.enter_context(
                rabbitmq(home / "rabbitmq")
            )
        yield variables


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rabbitmq", action="store_true", help="start RabbitMQ too")
    parser.add_argument("command", nargs="+", help="what to run, after --")
    wanted = parser.parse_args()
    with environment(with_rabbitmq=wanted.rabbitmq) as variables:
        return subprocess.call(wanted.command, env={**os.environ, **variables})  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
