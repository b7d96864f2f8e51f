"""A process that has loaded the libraries and does nothing with them but fork: a child a job.

To load them takes longer than to refresh a live. The nursery itself never sees a byte of a
source, so each child begins as clean as if it had been started anew. It has one thread, as a fork
takes no other along.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from apps.previews.adapters.engine import child
from kit.children import leave_the_group

IDLE_S: Final = 300.0
ORDER: Final = b"order"
_DESCRIPTORS: Final = 4  # the order, where to answer, where to complain, the line of the one


@dataclass(slots=True)
class _Nursery:
    """Each child has a line to whoever ordered it: closed there it is killed, ended it is told."""

    desk: socket.socket
    waiting: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    lines: dict[int, socket.socket] = field(default_factory=dict)  # by process id

    def serve(self) -> None:
        """Work until whoever started us is gone, or nobody has wanted anything for long."""
        self.waiting.register(self.desk, selectors.EVENT_READ, None)
        while True:
            ready = self.waiting.select(None if self.lines else IDLE_S)
            if not ready:
                return
            for key, _ in ready:
                if key.fileobj is self.desk:
                    if not self._take_order():
                        return
                elif key.data in self.lines:
                    self._look_after(key.data, has_ended=isinstance(key.fileobj, int))

    def kill_all(self) -> None:
        for pid in self.lines:
            _kill_group(pid)

    def _take_order(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self.desk, len(ORDER), _DESCRIPTORS)
        if not message:
            return False
        *files, line = descriptors
        pid = os.fork()
        if not pid:
            _be_a_child(*files)
        # It says so itself as well: whoever comes first, it is a group before it can be killed.
        with suppress(OSError):
            os.setpgid(pid, pid)
        for file in files:
            os.close(file)
        self.lines[pid] = socket.socket(fileno=line)
        self.waiting.register(self.lines[pid], selectors.EVENT_READ, pid)
        self.waiting.register(os.pidfd_open(pid), selectors.EVENT_READ, pid)
        return True

    def _look_after(self, pid: int, *, has_ended: bool) -> None:
        if not has_ended:  # nobody wants it any more
            self.waiting.unregister(self.lines[pid])
            _kill_group(pid)
            return
        _, status = os.waitpid(pid, 0)
        _kill_group(pid)  # whatever it may have started
        line = self.lines.pop(pid)
        for key in [one for one in self.waiting.get_map().values() if one.data == pid]:
            self.waiting.unregister(key.fileobj)
            if isinstance(key.fileobj, int):
                os.close(key.fileobj)
        with line:
            _tell(line, os.waitstatus_to_exitcode(status))


def _tell(line: socket.socket, code: int) -> None:
    with suppress(OSError):  # nobody wants to know any more
        line.send(str(code).encode())


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _be_a_child(order: int, answer: int, complaint: int) -> None:
    """Do the job and end; nothing of the nursery's may run after it."""
    code = 1
    try:
        leave_the_group()
        with os.fdopen(order) as file:
            text = file.read()
        os.dup2(answer, 1)
        os.dup2(complaint, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        child.run(text)
        code = 0
    except BaseException:  # noqa: BLE001 (a child that returned would be a second nursery)
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    nursery = _Nursery(socket.socket(fileno=os.dup(0)))
    try:
        nursery.serve()
    finally:
        nursery.kill_all()
