"""What every shelf promises, on each of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage
from typing_extensions import override

from apps.previews.adapters.memory import MemoryShelf
from apps.previews.adapters.storage import DjangoShelf
from apps.previews.errors import ShelfDown
from apps.previews.ports import Shelf

MakeShelf = Callable[[Path], Shelf]

NAME = "previews/recording/1/abc/poster-320.jpg"


class FarStorage(Storage):
    """Without paths of its own, as S3 is: files are lent as copies."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        if name not in self.files:
            raise FileNotFoundError(name)
        return ContentFile(self.files[name], name)

    def _save(self, name: str, content: File[bytes]) -> str:
        self.files[name] = content.read()
        return name

    @override
    def exists(self, name: str) -> bool:
        return name in self.files

    @override
    def size(self, name: str) -> int:
        return len(self.files[name])

    @override
    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        inside = [name for name in self.files if name.rpartition("/")[0] == path]
        return [], [name.rpartition("/")[2] for name in inside]

    @override
    def delete(self, name: str) -> None:
        self.files.pop(name, None)

    @override
    def url(self, name: str | None) -> str:
        return f"/media/{name}"


SHELVES = [
    pytest.param(lambda folder: DjangoShelf(a_folder(folder)), id="folder"),
    pytest.param(lambda _: DjangoShelf(FarStorage()), id="far"),
    pytest.param(lambda _: MemoryShelf(), id="memory"),
]


@pytest.mark.parametrize("make_shelf", SHELVES)
class TestShelf:
    def test_lends_what_it_keeps(self, make_shelf: MakeShelf, tmp_path: Path) -> None:
        shelf = make_shelf(tmp_path)

        shelf.keep(a_file(tmp_path, b"picture"), NAME, "image/jpeg")

        with shelf.opened(NAME) as lent:
            assert lent.read_bytes() == b"picture"

    def test_keeps_under_exactly_that_name_twice(
        self, make_shelf: MakeShelf, tmp_path: Path
    ) -> None:
        shelf = make_shelf(tmp_path)

        for _ in range(2):
            shelf.keep(a_file(tmp_path, b"picture"), NAME, "image/jpeg")

        with shelf.opened(NAME) as lent:
            assert lent.read_bytes() == b"picture"
        assert shelf.url(NAME) == f"/media/{NAME}"

    def test_replaces_what_was_half_written(self, make_shelf: MakeShelf, tmp_path: Path) -> None:
        shelf = make_shelf(tmp_path)
        shelf.keep(a_file(tmp_path, b"pict"), NAME, "image/jpeg")

        shelf.keep(a_file(tmp_path, b"picture"), NAME, "image/jpeg")

        with shelf.opened(NAME) as lent:
            assert lent.read_bytes() == b"picture"

    def test_knows_the_sizes_of_what_lies_in_a_folder(
        self, make_shelf: MakeShelf, tmp_path: Path
    ) -> None:
        shelf = make_shelf(tmp_path)
        shelf.keep(a_file(tmp_path, b"picture"), NAME, "image/jpeg")

        assert shelf.sizes(NAME.rsplit("/", 1)[0]) == {NAME: 7}
        assert shelf.sizes("previews/recording/1/none") == {}

    def test_removes_twice(self, make_shelf: MakeShelf, tmp_path: Path) -> None:
        shelf = make_shelf(tmp_path)
        shelf.keep(a_file(tmp_path, b"picture"), NAME, "image/jpeg")

        for _ in range(2):
            shelf.remove(NAME)

        with pytest.raises(ShelfDown), shelf.opened(NAME):
            pass

    def test_has_no_file_it_was_not_given(self, make_shelf: MakeShelf, tmp_path: Path) -> None:
        shelf = make_shelf(tmp_path)

        with pytest.raises(ShelfDown), shelf.opened("recordings/none.mp4"):
            pass


class TestDjangoShelf:
    def test_lends_a_local_file_without_copying_it(self, tmp_path: Path) -> None:
        storage = a_folder(tmp_path)
        name = storage.save("recordings/one.mp4", ContentFile(b"video"))

        with DjangoShelf(storage).opened(name) as lent:
            assert lent == Path(storage.path(name))

    def test_leaves_no_copy_behind(self) -> None:
        storage = FarStorage()
        name = storage.save("recordings/one.mp4", ContentFile(b"video"))

        with DjangoShelf(storage).opened(name) as lent:
            copy = lent

        assert not copy.exists()

    def test_lets_what_its_borrower_raises_through(self, tmp_path: Path) -> None:
        storage = a_folder(tmp_path)
        name = storage.save("recordings/one.mp4", ContentFile(b"video"))

        with pytest.raises(OSError, match="disk full"), DjangoShelf(storage).opened(name):
            raise OSError("disk full")

    def test_says_when_the_disk_refuses(self, tmp_path: Path) -> None:
        (tmp_path / "media").write_text("a file where a folder should be")

        with pytest.raises(ShelfDown):
            DjangoShelf(a_folder(tmp_path)).keep(a_file(tmp_path, b"x"), NAME, "image/jpeg")


def a_folder(tmp_path: Path) -> Storage:
    return FileSystemStorage(location=tmp_path / "media", base_url="/media/")


def a_file(tmp_path: Path, content: bytes) -> Path:
    file = tmp_path / "source"
    file.write_bytes(content)
    return file
