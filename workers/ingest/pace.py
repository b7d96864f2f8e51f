"""Reads a socket in pieces of a good size, instead of waking up for each frame.

At 3 Mbit/s an encoder sends 70 messages a second, one by one. To wake for each (event loop,
parser, pipe, ffmpeg) costs more than twice the CPU of taking them in four pieces a second.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final

READ_BYTES: Final = 128 * 1024
PIECE_BYTES: Final = 96 * 1024  # what a pause aims at
WINDOW_BYTES: Final = 256 * 1024  # more than that: no pause makes the client wait
PAUSE_MIN_S: Final = 0.01
PAUSE_MAX_S: Final = 0.25  # small beside a segment


class PacedSocket:
    """A socket that is looked at after a pause; the pause follows from what came after the last."""

    def __init__(self, own: socket.socket) -> None:
        """Take over a socket that does not block; nobody else may read it."""
        self._socket = own
        # Nobody waits for this mark; setting it makes the kernel hold a window of so many bytes.
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, WINDOW_BYTES)
        self._pause_s = PAUSE_MIN_S
        self._last = 0

    async def read(self) -> bytes:
        """Return at most READ_BYTES; nothing at the end.

        Raises:
            OSError: the connection broke.

        """
        while True:
            if self._last < READ_BYTES:  # else more lies there already
                await asyncio.sleep(self._pause_s)
            try:
                received = self._socket.recv(READ_BYTES)
            except BlockingIOError:
                self._note(0)
            else:
                self._note(len(received))
                return received

    def close(self) -> None:
        self._socket.close()

    def _note(self, count: int) -> None:
        self._last = count
        longer = self._pause_s * PIECE_BYTES / max(count, 1)
        self._pause_s = min(max(longer, PAUSE_MIN_S), PAUSE_MAX_S)
