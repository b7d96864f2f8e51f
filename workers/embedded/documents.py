"""The embedded document server, with exact updates. `python -m workers.embedded.documents`.

nx-27017's SQL shortcut for updates stores a pushed sub-document and a moment as text
(neosqlite 1.17.2). Its Python path does what MongoDB does; the library has one switch for both
reads and updates, and reads without SQL scan the whole collection. So only updates are switched
(docs/adr/0005).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from neosqlite.collection.query_helper import update_operations
from nx_27017.nx_27017 import main


def always() -> bool:
    return True


def forget_who_was_killed() -> None:
    """Remove the file in which a killed server left its process number.

    The number may be another process's by now, and the library would take that for a server that
    runs. Two servers are kept apart by their port.
    """
    arguments = argparse.ArgumentParser(add_help=False)
    arguments.add_argument("--pid-file", type=Path)
    found, _ = arguments.parse_known_args()
    if found.pid_file:
        found.pid_file.unlink(missing_ok=True)


if __name__ == "__main__":
    forget_who_was_killed()
    update_operations.get_force_fallback = always
    main()
