"""The shelf as Django's default storage: a local folder, an NFS mount or S3."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]
from django.core.files import File
from django.core.files.storage import Storage, default_storage
from typing_extensions import override

from apps.previews.errors import ShelfDown
from apps.previews.ports import Shelf

_FAILURES: Final = (OSError, BotoCoreError, ClientError)


@dataclass(frozen=True, slots=True)
class DjangoShelf(Shelf):
    """Sends the type along with each file, as not every system knows what `.vtt` is."""

    storage: Storage = field(default=default_storage)

    @override
    @contextmanager
    def opened(self, name: str) -> Iterator[Path]:
        local = self._local(name)
        if local is not None:
            yield local
            return
        with tempfile.TemporaryDirectory(prefix="showrunner-footage-") as folder:
            copy = Path(folder, "footage")
            with _translated(name), self.storage.open(name) as far, copy.open("wb") as near:
                shutil.copyfileobj(far, near, 1024**2)
            yield copy

    @override
    def keep(self, source: Path, name: str, content_type: str) -> None:
        with _translated(name), source.open("rb") as content:
            if self.storage.exists(name):
                if self.storage.size(name) == source.stat().st_size:
                    return
                # A worker was killed while it wrote. Saving beside it would change the name.
                self.storage.delete(name)
            file = File(content, name)
            file.content_type = content_type  # type: ignore[attr-defined]
            saved = self.storage.save(name, file)
            if saved != name:  # someone was faster, with the same bytes under the same name
                self.storage.delete(saved)

    @override
    def remove(self, name: str) -> None:
        with _translated(name):
            self.storage.delete(name)

    @override
    def url(self, name: str) -> str:
        return self.storage.url(name)

    def _local(self, name: str) -> Path | None:
        try:
            local = Path(self.storage.path(name))
        except NotImplementedError:
            return None
        if not local.is_file():
            raise ShelfDown(name=name, detail="no such file")
        return local


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except _FAILURES as failure:
        raise ShelfDown(name=name, detail=str(failure)[:200]) from failure
