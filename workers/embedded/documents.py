"""The embedded document server, with exact updates. `python -m workers.embedded.documents`.

nx-27017's SQL shortcut for updates stores a pushed sub-document and a moment as text
(neosqlite 1.17.2). Its Python path does what MongoDB does; the library has one switch for both
reads and updates, and reads without SQL scan the whole collection. So only updates are switched
(docs/adr/0005).
"""

from __future__ import annotations

from neosqlite.collection.query_helper import update_operations
from nx_27017.nx_27017 import main


def always() -> bool:
    return True


if __name__ == "__main__":
    update_operations.get_force_fallback = always
    main()
