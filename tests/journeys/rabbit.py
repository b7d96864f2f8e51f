"""A RabbitMQ node of Debian's package that can be killed and finds its messages again."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.journeys.part import Part
from tests.services import free_port

# More than any disk has: a node with this limit takes nothing from publishers.
NO_DISK_IS_ENOUGH: Final = "1000000GB"


def control(node: Part, *words: str) -> None:
    """Run `rabbitmqctl …` on a node."""
    subprocess.run(  # noqa: S603
        ["/usr/lib/rabbitmq/bin/rabbitmqctl", *words],
        env=node.variables,
        check=True,
        capture_output=True,
        timeout=60,
    )


def a_node(home: Path, *settings: str, advanced: str = "") -> tuple[dict[str, Part], str]:
    """Return a node's parts, in the order they start, and its URL.

    `settings` are more lines of rabbitmq.conf, `advanced` are Erlang terms of `rabbit`.
    """
    server = shutil.which("rabbitmq-server", path="/usr/lib/rabbitmq/bin:/usr/sbin")
    assert server is not None, "RabbitMQ is not installed: `apt-get install rabbitmq-server`"
    home.mkdir(parents=True, exist_ok=True)
    port, distribution, names = free_port(), free_port(), free_port()
    config = home / "rabbitmq.conf"
    config.write_text(
        f"listeners.tcp.1 = 127.0.0.1:{port}\n"
        "log.console = true\n"
        "vm_memory_high_watermark.absolute = 1GB\n"
        "disk_free_limit.absolute = 100MB\n" + "".join(f"{line}\n" for line in settings)
    )
    advanced_file = home / "advanced.config"
    advanced_file.write_text(f"[{{rabbit, [{advanced}]}}].\n")
    variables = {
        **os.environ,
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(advanced_file),
        "RABBITMQ_NODENAME": f"showrunner{port}@localhost",
        "RABBITMQ_DIST_PORT": str(distribution),
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_CONFIG_FILE": str(config.with_suffix("")),
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "HOME": str(home),
    }
    parts = {
        # Erlang's directory of names; the node would start one that outlives everything
        "epmd": Part(["epmd"], variables, home / "epmd.log", names),
        "rabbitmq": Part([server], variables, home / "rabbitmq.log", port),
    }
    return parts, f"amqp://guest:guest@127.0.0.1:{port}//"
