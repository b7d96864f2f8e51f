"""Names by the host's own resolver."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread


def look_up(host: str) -> list[str]:
    """Return every address of a host, as anything on this machine would find it."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return sorted({str(where[0]) for *_, where in found})


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemResolver:
    """Resolver: one deadline for all, as whose names are slow on purpose holds a poll up."""

    timeout_s: float = 2.0
    look_up: Callable[[str], list[str]] = look_up

    def resolve(self, hosts: Collection[str]) -> dict[str, list[str]]:
        answers: SimpleQueue[tuple[str, list[str]]] = SimpleQueue()
        wanted = set(hosts)
        for host in wanted:
            # getaddrinfo cannot be stopped; nobody waits for a thread that is late
            Thread(
                target=lambda one=host: answers.put((one, self.look_up(one))), daemon=True
            ).start()
        found, until = {}, time.monotonic() + self.timeout_s
        for _ in wanted:
            try:
                host, addresses = answers.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                break
            found[host] = addresses
        return {host: addresses for host, addresses in found.items() if addresses}
