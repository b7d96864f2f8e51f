"""What a store says when it cannot, in our words; a full disk may be the near one."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from apps.streams.errors import NoRoom, VaultDown

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def translated(name: str, *others: type[Exception]) -> Iterator[None]:
    """Translate OSError, and the `others` a store's client raises beside it."""
    try:
        yield
    except OSError as failure:
        if failure.errno in _FULL:
            raise NoRoom(what=name, why=failure.strerror or "full") from failure
        raise VaultDown(name=name, why=str(failure)[:200]) from failure
    except others as failure:
        raise VaultDown(name=name, why=str(failure)[:200]) from failure
