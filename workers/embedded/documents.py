"""The embedded document server, with exact updates. `python -m workers.embedded.documents`.

nx-27017's SQL shortcut for updates stores a pushed sub-document and a moment as text
(neosqlite 1.17.2). Its Python path does what MongoDB does; the library has one switch for both
reads and updates, and reads without SQL scan the whole collection. So only updates are switched
(docs/adr/0005).
"""

from __future__ import annotations

import argparse
import fcntl
import sys
from pathlib import Path
from typing import IO

from neosqlite.collection.query_helper import update_operations
from nx_27017.nx_27017 import main


def always() -> bool:
    return True


def lock_out_others(pid_file: Path) -> IO[str]:
    """Return the process number's file, emptied and locked for as long as it stays open.

    The library asks whether a process of that number lives. After a kill that may be anybody, and
    nobody could start again; the kernel's lock ends with its holder.

    Raises:
        SystemExit: another server has these documents, maybe under another port.

    """
    held = pid_file.open("a")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Another document server runs: it holds {pid_file}.")
    held.truncate(0)
    return held


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(add_help=False)
    arguments.add_argument("--pid-file", type=Path, required=True)
    held = lock_out_others(arguments.parse_known_args()[0].pid_file)
    update_operations.get_force_fallback = always
    main()
