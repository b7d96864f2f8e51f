"""`python -m workers.embedded [-- COMMAND]`: bring the stack up, run a command against it.

Without a command it stays up until Ctrl-C. The command finds every address in its environment.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from workers.embedded import environment, stack

PORT_NAMES = ("web", "rtmp")


def main() -> int:
    wanted = _arguments()
    directory = Path(wanted.var).resolve()
    chosen = {name: getattr(wanted, f"{name}_port") or 0 for name in PORT_NAMES}
    variables = environment.prepare(directory, environment.Ports.free(**chosen))
    environment.write_env_file(directory / "showrunner.env", variables)
    if wanted.prepare:
        return 0
    os.environ.update(variables)
    _prepare_sql()
    with stack.running(directory / "logs" / "stack.log", variables) as running:
        print(f"Starting the stack; its log is {running.log}", flush=True)
        for part, seconds in running.wait_healthy(_health(variables)):
            print(f"  ✓ {part:<12} {seconds:5.1f} s", flush=True)
        code = _use(wanted.command, variables, running)
    _tell_cost(directory, wanted.since, running)
    return code


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m workers.embedded", description=__doc__)
    parser.add_argument("--var", default="var/stack", help="where data and logs lie")
    parser.add_argument("--web-port", type=int, help="default: a free one")
    parser.add_argument("--rtmp-port", type=int, help="default: a free one")
    parser.add_argument("--since", type=float, help="when set-up began, in epoch seconds")
    parser.add_argument("--prepare", action="store_true", help="only write the environment")
    parser.add_argument("command", nargs="*", help="what to run against the stack, after --")
    return parser.parse_args()


def _use(command: list[str], variables: dict[str, str], running: stack.Stack) -> int:
    if command:
        return subprocess.call(command)  # noqa: S603 (what the operator typed)
    web = variables["PUBLIC_URL"]
    print(
        f"\nThe stack is up. Ctrl-C stops it.\n"
        f"  feed   {web}/\n  docs   {web}/api/docs\n"
        f"  admin  {web}/admin/  ({variables['STAFF_EMAIL']} / {variables['STAFF_PASSWORD']})",
        flush=True,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while running.is_running:
            time.sleep(1)
    except KeyboardInterrupt:
        return 0
    print(f"✗ The stack ended by itself. Read {running.log}.", file=sys.stderr)
    return 1


def _prepare_sql() -> None:
    """Make the tables and the staff account; both may be there already."""
    for command in (["migrate", "--verbosity", "0"], ["ensure_staff"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=stack.ROOT, check=True)  # noqa: S603


def _health(variables: dict[str, str]) -> dict[str, Callable[[], bool]]:
    """Return what to ask each part, in the order the parts need each other."""
    from workers.embedded import health  # noqa: PLC0415 (sets Django up, which reads the environment)

    return health.questions(variables)


def _tell_cost(directory: Path, since: float | None, running: stack.Stack) -> None:
    cost = {
        "wall_s": round(time.time() - since, 1) if since else None,
        "peak_rss_mb": round(running.peak_bytes / 1e6),
    }
    (directory / "cost.json").write_text(json.dumps(cost))
    took = f"{cost['wall_s']} s with set-up, " if since else ""
    print(f"\nStack stopped: {took}peak memory {cost['peak_rss_mb']} MB (PSS of every process).")


if __name__ == "__main__":
    sys.exit(main())
