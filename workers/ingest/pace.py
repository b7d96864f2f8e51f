"""Reads a socket in pieces of a good size, instead of waking up for each frame.

At 3 Mbit/s an encoder sends 70 messages a second, one by one. To wake for each (event loop,
parser, pipe, ffmpeg) costs more than twice the CPU of taking them in two pieces a second.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final

READ_BYTES: Final = 64 * 1024
PIECE_BYTES: Final = 192 * 1024  # what a pause aims at
WINDOW_BYTES: Final = 512 * 1024  # more than that: no pause makes a client wait
PAUSE_MIN_S: Final = 0.01
PAUSE_MAX_S: Final = 0.5  # a quarter of a segment


class PacedSocket:
    """A socket that is looked at after a pause; what came after it decides on the next."""

    def __init__(self, own: socket.socket) -> None:
        """Take over a socket that does not block; nobody else may read it."""
        self._socket = own
        # Nobody waits for this mark; setting it makes the kernel hold a window of so many bytes.
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, WINDOW_BYTES)
        self._pause_s = PAUSE_MIN_S
        self._is_drained = True
        self._piece = 0  # bytes since the last pause

    @property
    def has_caught_up(self) -> bool:
        """Say whether nothing waits for us, neither here nor on the client's side."""
        return self._is_drained and self._piece < WINDOW_BYTES // 2

    async def read(self) -> bytes:
        """Return at most READ_BYTES; nothing at the end.

        Raises:
            OSError: the connection broke.

        """
        while True:
            if self._is_drained:
                await asyncio.sleep(self._pause_s)
                self._piece = 0
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
        self._piece += count
        self._is_drained = count < READ_BYTES
        if self._is_drained:
            fitting_s = self._pause_s * PIECE_BYTES / max(self._piece, 1)
            self._pause_s = min(max(fitting_s, PAUSE_MIN_S), PAUSE_MAX_S)
