"""`python -m sandbox`: every stand-in in one process, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from sandbox.credentials import Ports
from sandbox.serving import Options, Ready, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, serve, stop cleanly; 1 when a port is taken or the directory is not ours."""
    options = _options(_parser().parse_args(arguments))
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(_serve(options))
    except OSError as refused:
        sys.stderr.write(f"sandbox: cannot start: {refused}\n")
        return 1
    return 0


async def _serve(options: Options) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await run(options, _announce, stop)


def _announce(ready: Ready) -> None:
    for name, url in asdict(ready.addresses).items():
        sys.stdout.write(f"{name.removesuffix('_url'):7} {url}\n")
    sys.stdout.write(f"trust   {ready.credentials.ca_file}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="credentials and uploads go here")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    for name in asdict(Ports()):
        parser.add_argument(f"--{name}-port", type=int, default=0, help="0 picks a free port")
    parser.add_argument(
        "--redirect-uri",
        action="append",
        default=[],
        help="an OAuth redirect URI to register, exactly; repeatable. "
        "Without any: http on 127.0.0.1 or localhost, any port and path",
    )
    parser.add_argument(
        "--wowza-login", choices=("digest", "basic"), default="digest", help="REST login method"
    )
    return parser


def _options(given: argparse.Namespace) -> Options:
    ports = {name: getattr(given, f"{name}_port") for name in asdict(Ports())}
    return Options(
        directory=given.dir,
        host=given.host,
        ports=Ports(**ports),
        redirect_uris=tuple(given.redirect_uri),
        wowza_login=(given.wowza_login,),
    )


if __name__ == "__main__":
    sys.exit(main())
