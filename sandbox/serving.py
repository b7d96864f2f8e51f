"""The sockets: one process, one event loop, a listener per stand-in.

hypercorn speaks HTTP; what is done here and not by its own `serve` is to bind before anything is
written down (port 0 means a free port, and credentials name it) and to hand each call its
transport, so that a fault can cut the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.apns.app import apns
from sandbox.credentials import Credentials, Ports, ensure_credentials, write
from sandbox.fcm.app import fcm
from sandbox.google.app import google
from sandbox.google.grants import Grants
from sandbox.ledger import Meaning, entry
from sandbox.standin import StandIn
from sandbox.wowza.app import wowza

STOP_S = 1.0
_KEEP_ALIVE_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the sandbox is set up; `redirect_uris` empty means loopback on any port."""

    directory: Path
    host: str = "127.0.0.1"
    ports: Ports = field(default_factory=Ports)
    redirect_uris: Sequence[str] = ()
    wowza_login: tuple[str, ...] = ("digest",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the stand-ins are, without a slash at the end."""

    google_url: str
    fcm_url: str
    apns_url: str
    wowza_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Handed out once every listener accepts."""

    addresses: Addresses
    credentials: Credentials


async def run(options: Options, ready: Callable[[Ready], None], stop: asyncio.Event) -> None:
    """Serve until `stop` is set.

    Raises:
        OSError: a port is taken, or the directory cannot be written.

    """
    sockets = _bind(options)
    try:
        ports = Ports(**{name: taken.getsockname()[1] for name, taken in sockets.items()})
        credentials = ensure_credentials(options.directory, ports, _reach(options.host))
        addresses = _addresses(_reach(options.host), ports)
        stand_ins = _stand_ins(options, credentials, addresses)
        listeners = [Listener(stand_in, credentials) for stand_in in stand_ins]
        servers = [await each.listen(sockets[each.stand_in.name]) for each in listeners]
    except BaseException:
        for taken in sockets.values():
            taken.close()
        raise
    card = options.directory / "sandbox.json"
    about = {**asdict(addresses), "ca_file": str(credentials.ca_file), "pid": os.getpid()}
    write(card, json.dumps(about, indent=2).encode())
    try:
        ready(Ready(addresses=addresses, credentials=credentials))
        await stop.wait()
    finally:
        card.unlink(missing_ok=True)
        for server in servers:
            server.close()
        await asyncio.gather(*(each.close() for each in listeners))


def _stand_ins(options: Options, credentials: Credentials, addresses: Addresses) -> list[StandIn]:
    grants = Grants(options.directory / "google-grants.json")
    return [
        google(credentials, grants, addresses.google_url, options.redirect_uris),
        fcm(credentials, grants),
        apns(credentials),
        wowza(credentials, options.wowza_login),
    ]


@dataclass(slots=True)
class Listener:
    """One stand-in on its socket, with the connections it has."""

    stand_in: StandIn
    credentials: Credentials
    context: WorkerContext = field(default_factory=lambda: WorkerContext(None))
    talks: dict[asyncio.Task[None], asyncio.WriteTransport] = field(default_factory=dict)

    async def listen(self, listening: socket.socket) -> asyncio.Server:
        """Start to accept connections."""
        config = _config(self.stand_in)
        app = self.stand_in.app()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task is not None:
                self.talks[task] = writer.transport
                task.add_done_callback(self.talks.pop)
            # At the end hung-up connections are cancelled, which asyncio would report as a bug.
            with contextlib.suppress(asyncio.CancelledError):
                await self._talk(app, config, reader, writer)

        return await asyncio.start_server(
            talk, sock=listening, ssl=_tls(self.stand_in, self.credentials)
        )

    async def close(self) -> None:
        """Let what is being answered finish for a second, then hang up."""
        await self.context.terminated.set()
        if self.talks:
            await asyncio.wait(list(self.talks), timeout=STOP_S)
        # Aborted, as a TLS client that is not reading would keep us waiting for its goodbye.
        for task, transport in list(self.talks.items()):
            transport.abort()
            task.cancel()
        await asyncio.gather(*self.talks, return_exceptions=True)

    async def _talk(
        self,
        app: ASGIApp,
        config: Config,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        transport = writer.transport
        spoken = transport.get_extra_info("ssl_object")
        if self.stand_in.h2_only and spoken.selected_alpn_protocol() != "h2":
            self.stand_in.ledger.add(_hung_up())
            transport.abort()
            return

        async def carried(scope: Scope, receive: Receive, send: Send) -> None:
            scope["sandbox.transport"] = transport
            await app(scope, receive, send)

        loop = asyncio.get_running_loop()
        wrapped = ASGIWrapper(carried)  # type: ignore[arg-type]
        with contextlib.suppress(OSError):
            await TCPServer(wrapped, loop, config, self.context, {}, reader, writer)


def _hung_up() -> dict[str, object]:
    """The ledger's word on a client that offered no HTTP/2; it never got to ask anything."""
    scope: Scope = {"method": "", "path": "", "http_version": "1.1"}
    scope["sandbox.reason"] = "HTTP/2 required"
    return {**entry(scope, None), "kind": Meaning.kind}


def _config(stand_in: StandIn) -> Config:
    config = Config()
    config.keep_alive_timeout = _KEEP_ALIVE_S
    config.keep_alive_max_requests = 10**9  # hypercorn would hang up after a thousand
    config.h2_max_concurrent_streams = stand_in.max_streams
    config.include_server_header = False
    config.loglevel = "WARNING"
    return config


def _tls(stand_in: StandIn, credentials: Credentials) -> ssl.SSLContext | None:
    if not stand_in.alpn:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(credentials.server_cert_file, credentials.server_key_file)
    context.set_alpn_protocols(list(stand_in.alpn))
    return context


def _bind(options: Options) -> dict[str, socket.socket]:
    """One listening socket per stand-in, all of them or none."""
    bound: dict[str, socket.socket] = {}
    try:
        for name, port in asdict(options.ports).items():
            bound[name] = _listen(options.host, port)
    except OSError:
        for taken in bound.values():
            taken.close()
        raise
    return bound


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket; OSError says which address is taken."""
    # Named as TCP: asyncio turns Nagle's algorithm off only for sockets that say so, and with it
    # on every answer over TLS waits 40 ms for the client's delayed acknowledgement.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setblocking(False)  # noqa: FBT003 - the socket module's signature
        listening.bind((host, port))
        listening.listen(512)
    except OSError as refused:
        listening.close()
        raise OSError(refused.errno, f"{refused.strerror}: {host}:{port}") from refused
    return listening


def _reach(host: str) -> str:
    """The address a client on this machine uses for what listens on `host`."""
    return "127.0.0.1" if host in {"0.0.0.0", ""} else host  # noqa: S104 - compared, not bound


def _addresses(host: str, ports: Ports) -> Addresses:
    return Addresses(
        google_url=f"http://{host}:{ports.google}",
        fcm_url=f"https://{host}:{ports.fcm}",
        apns_url=f"https://{host}:{ports.apns}",
        wowza_url=f"http://{host}:{ports.wowza}",
    )
