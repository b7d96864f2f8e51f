"""Parts as the ledger notes them: by name and size, as nothing else says that one came or grew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

Noted = dict[str, str | int]


def note(parts: Iterable[Path]) -> list[Noted]:
    return [{"name": part.name, "size_bytes": part.stat().st_size} for part in parts]


def parts_digest(noted: Iterable[Noted]) -> str:
    """Return what changes when a part comes, grows or goes."""
    told = ";".join(f"{part['name']}:{part['size_bytes']}" for part in noted)
    return hashlib.sha256(told.encode()).hexdigest()[:16]
