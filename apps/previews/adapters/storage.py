"""The shelf and the archive as Django's default storage: a local folder, an NFS mount or S3."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from django.core.files import File
from django.core.files.storage import Storage, default_storage
from typing_extensions import override

from apps.previews.errors import ShelfDown
from apps.previews.ports import Archive, Footage, Ranged, Shelf
from kit import scratch
from kit.storages import failures_of


@dataclass(frozen=True, slots=True)
class DjangoShelf(Shelf, Archive):
    """Sends the type along with each file, as not every system knows what `.vtt` is.

    What lies on S3 is lent as a signed address where `by_ranges`, else as a copy. `base_url` is
    where phones fetch files, a CDN's address for instance: names that never change need no
    signature, and a signed address that changes with every answer could not be cached.
    """

    storage: Storage = field(default=default_storage)
    base_url: str = "/media/"
    by_ranges: bool = True

    @override
    @contextmanager
    def opened(self, name: str) -> Iterator[Path]:
        local = self._local(name)
        if local is not None:
            yield local
            return
        with scratch.folder("footage") as folder:
            copy = folder / "footage"
            with self._translated(name), self.storage.open(name) as far, copy.open("wb") as near:
                shutil.copyfileobj(far, near, 1024**2)
            yield copy

    @override
    @contextmanager
    def lent(self, name: str) -> Iterator[Footage]:
        if not self.by_ranges or self._local(name) is not None:
            with self.opened(name) as local:
                yield local
            return
        with self._translated(name):
            size_bytes, url = self.storage.size(name), self.storage.url(name)
        if url.startswith(("http://", "https://")):
            yield Ranged(url=url, size_bytes=size_bytes)
            return
        with self.opened(name) as copy:
            yield copy

    @override
    def sizes(self, folder: str) -> dict[str, int]:
        with self._translated(folder):
            try:
                _, files = self.storage.listdir(folder)
            except FileNotFoundError:
                return {}
            return {f"{folder}/{file}": self.storage.size(f"{folder}/{file}") for file in files}

    @override
    def keep(self, source: Path, name: str, content_type: str) -> None:
        with self._translated(name), source.open("rb") as content:
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
        with self._translated(name):
            self.storage.delete(name)

    @override
    def url(self, name: str) -> str:
        return f"{self.base_url}{quote(name)}"

    def _local(self, name: str) -> Path | None:
        try:
            local = Path(self.storage.path(name))
        except NotImplementedError:
            return None
        if not local.is_file():
            raise ShelfDown(name=name, detail="no such file")
        return local

    @contextmanager
    def _translated(self, name: str) -> Iterator[None]:
        try:
            yield
        except failures_of(self.storage) as failure:
            raise ShelfDown(name=name, detail=str(failure)[:200]) from failure
