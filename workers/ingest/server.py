"""Everything that listens: RTMP, health; and who is on the air in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import structlog

from kit.ids import new_id
from workers.ingest import health, shelf
from workers.ingest.errors import HookUnavailable, MalformedRtmp, PublishRefused
from workers.ingest.hooks import Hooks, Ids
from workers.ingest.rtmp import Connection
from workers.ingest.session import Pace, Reason, Session, Shelf
from workers.ingest.storage import LOOK_EVERY_S, Storage

COMMANDS_S: Final = 10.0
SHUTDOWN_S: Final = 13.5
MAX_CONNECTIONS: Final = 500
READ_AHEAD_BYTES: Final = 64 * 1024
RECONNECT_MAX_S: Final = 3600.0  # twice the longest reconnect window: the list must go on in it
TIDY_EVERY_S: Final = 600.0

_log = structlog.get_logger(__name__)


class Stage:
    """Which session holds which broadcast: one at a time, and the higher epoch wins."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._sessions.values()))

    async def enter(self, session: Session) -> None:
        """Take the broadcast over, and wait until the session before is off the air.

        Raises:
            PublishRefused: a session of the same or a higher epoch holds it.

        """
        held = self._sessions.get(session.ids.broadcast_id)
        if held is not None and held.ids.epoch >= session.ids.epoch:
            raise PublishRefused(why="a newer session holds the broadcast")
        self._sessions[session.ids.broadcast_id] = session
        if held is not None:
            held.stop(Reason.TAKEN_OVER)
            await held.off_the_air.wait()

    def holds(self, broadcast_id: str) -> bool:
        return broadcast_id in self._sessions

    def leave(self, session: Session) -> None:
        if self._sessions.get(session.ids.broadcast_id) is session:
            del self._sessions[session.ids.broadcast_id]

    def stop_all(self, reason: Reason) -> None:
        for session in self._sessions.values():
            session.stop(reason)


@dataclass(frozen=True, slots=True)
class Options:
    """Where media goes, how long of it is kept to be played, and how sessions are timed."""

    storage: Storage
    dvr_s: float
    pace: Pace


class Ingest:
    """The RTMP server."""

    def __init__(self, hooks: Hooks, options: Options) -> None:
        self.stage = Stage()
        self._hooks = hooks
        self._options = options
        self._clients: set[asyncio.Task[None]] = set()
        self._closing = False
        self._problem = ""  # why nothing can be published, as a sentence

    async def listen(self, host: str, port: int) -> asyncio.Server:
        """Accept clients from now on.

        Raises:
            OSError: the address cannot be bound.

        """
        return await asyncio.start_server(self._accept, host, port, limit=READ_AHEAD_BYTES)

    def pages(self) -> dict[str, health.Page]:
        """Return what can be asked over HTTP."""
        return {
            "/healthz": lambda: (200, {"sessions": len(self.stage)}),
            "/readyz": self._readiness,
            "/sessions": lambda: (200, {"items": [one.as_json() for one in self.stage]}),
        }

    def _readiness(self) -> tuple[int, dict[str, object]]:
        told: dict[str, object] = {"sessions": len(self.stage)}
        return (503, {**told, "problem": self._problem}) if self._problem else (200, told)

    async def guard_storage(self) -> None:
        """End all sessions before the disk is full, and take none until it has room again."""
        while True:
            found = await asyncio.to_thread(self._options.storage.find_problem)
            if found and not self._problem:
                _log.error("no room for media", why=found)
            self._problem = found
            if found:
                self.stage.stop_all(Reason.STORAGE)
            await asyncio.sleep(LOOK_EVERY_S)

    async def tidy(self) -> None:
        """Remove, from time to time, what can be played of broadcasts that are long over."""
        quiet_s = max(self._options.dvr_s, RECONNECT_MAX_S)
        while True:
            try:
                await self._clear_abandoned(quiet_s)
            except OSError as failed:
                _log.warning("old broadcasts cannot be removed", why=str(failed))
            await asyncio.sleep(TIDY_EVERY_S)

    async def _clear_abandoned(self, quiet_s: float) -> None:
        for folder in shelf.abandoned(self._options.storage.folder, quiet_s=quiet_s):
            if not self.stage.holds(folder.name):  # nothing is awaited here: none can begin now
                shelf.clear(folder)
            await asyncio.sleep(0)

    async def shut_down(self) -> None:
        """End every session and wait for their files and last words, within SHUTDOWN_S."""
        self._closing = True
        self.stage.stop_all(Reason.SHUTDOWN)
        for client in self._clients:
            if client.get_name() == _STRANGER:
                client.cancel()
        if self._clients:
            _, late = await asyncio.wait(self._clients, timeout=SHUTDOWN_S)
            if late:
                _log.error("sessions did not end in time", count=len(late))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or self._closing or len(self._clients) >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        task.set_name(_STRANGER)
        self._clients.add(task)
        connection = Connection(reader, writer)
        try:
            await self._serve(connection, task)
        except (MalformedRtmp, PublishRefused, HookUnavailable) as refused:
            _log.warning("client refused", why=str(refused), remote=connection.remote)
        except TimeoutError:
            _log.warning("client too slow", remote=connection.remote)
        except (asyncio.IncompleteReadError, OSError):
            _log.info("client left early", remote=connection.remote)
        except asyncio.CancelledError:
            if not self._closing:  # asyncio's own callback trips over a cancelled client
                raise
        finally:
            await connection.close()
            self._clients.discard(task)

    async def _serve(self, connection: Connection, task: asyncio.Task[None]) -> None:
        async with asyncio.timeout(self._options.pace.handshake_s):
            await connection.handshake()
        async with asyncio.timeout(COMMANDS_S):
            key = await connection.publishing_key()
        ids = await self._admitted(connection, key)
        session = Session(
            ids,
            connection=connection,
            hooks=self._hooks,
            shelf=Shelf(self._options.storage, ids.broadcast_id, self._options.dvr_s),
            pace=self._options.pace,
        )
        task.set_name(ids.session_id)
        try:
            await self._enter(connection, session)
            if self._closing:
                session.stop(Reason.SHUTDOWN)
            await session.run()
        finally:
            session.off_the_air.set()
            self.stage.leave(session)

    async def _enter(self, connection: Connection, session: Session) -> None:
        try:
            await self.stage.enter(session)
        except PublishRefused:
            await connection.refuse("NetStream.Publish.BadName", "A newer session is on the air")
            raise

    async def _admitted(self, connection: Connection, key: str) -> Ids:
        if self._problem:
            await connection.refuse("NetStream.Failed", "There is no room for media; try later")
            raise PublishRefused(why=self._problem)
        try:
            return await self._hooks.publish(
                session_id=new_id(), key=key, remote=connection.remote
            )
        except PublishRefused:
            await connection.refuse("NetStream.Publish.BadName", "This stream key is refused")
            raise
        except HookUnavailable:
            await connection.refuse("NetStream.Failed", "The backend does not answer; try again")
            raise


_STRANGER: Final = "not yet publishing"
