"""Footage that lies in object storage: little of it is read, and nothing beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from apps.previews.adapters.engine.job import Limits
from apps.previews.adapters.engine.source import Source
from apps.previews.adapters.pyav import PyAvMaker
from apps.previews.errors import MakerDown, NotAVideo, TooLarge
from apps.previews.ports import Ranged
from tests.previews.media import Studio
from tests.previews.ranges import Store, serving

pytestmark = pytest.mark.media


@pytest.fixture
def store(studio: Studio) -> Iterator[Store]:
    with serving(studio.five_minutes()) as store:
        yield store


class TestRangedFootage:
    def test_gives_the_same_set_as_a_local_file_for_the_little_that_is_read(
        self, tmp_path: Path, store: Store
    ) -> None:
        near, far = (tmp_path / name for name in ("near", "far"))
        near.mkdir()
        far.mkdir()

        by_path = PyAvMaker().make_recording_set(store.file, near)
        by_ranges = PyAvMaker().make_recording_set(store.footage(), far)

        assert by_ranges.assets == by_path.assets
        for asset in by_path.assets:
            assert (far / asset.name).read_bytes() == (near / asset.name).read_bytes()
        assert by_ranges.source_bytes == store.sent < 0.25 * store.file.stat().st_size
        assert set(store.paths) == {"/footage.mp4?sig=abc"}

    @pytest.mark.parametrize(
        "spoil",
        [
            pytest.param(lambda store: setattr(store, "fault", 403), id="expired"),
            pytest.param(lambda store: setattr(store, "fault", 404), id="gone"),
            pytest.param(lambda store: setattr(store, "fault", 503), id="down"),
            pytest.param(lambda store: setattr(store, "cut_after", 1000), id="breaks-off"),
        ],
    )
    def test_is_worth_another_try_where_the_storage_fails(
        self, tmp_path: Path, store: Store, spoil: Callable[[Store], None]
    ) -> None:
        spoil(store)

        with pytest.raises(MakerDown):
            PyAvMaker().make_recording_set(store.footage(), tmp_path)

    def test_is_worth_another_try_where_it_mostly_waited(self, store: Store) -> None:
        in_no_time = Source.opened(store.footage(), Limits(wall_s=0))

        with pytest.raises(MakerDown, match="took 0 s to answer"), in_no_time:
            pass

        assert len(store.paths) == 1

    def test_follows_no_redirect(self, studio: Studio, tmp_path: Path, store: Store) -> None:
        with serving(studio.long()) as elsewhere:
            store.redirect_to = f"{elsewhere.url}/"

            with pytest.raises(MakerDown):
                PyAvMaker().make_recording_set(store.footage(), tmp_path)

            assert elsewhere.paths == []

    def test_notices_that_it_became_another_file(self, tmp_path: Path, store: Store) -> None:
        footage = replace(store.footage(), size_bytes=store.file.stat().st_size + 5)

        with pytest.raises(MakerDown):
            PyAvMaker().make_recording_set(footage, tmp_path)

    def test_keeps_to_its_budget_of_bytes(self, tmp_path: Path, store: Store) -> None:
        maker = PyAvMaker(recording=Limits(source_bytes=200_000))

        with pytest.raises(TooLarge):
            maker.make_recording_set(store.footage(), tmp_path)

    def test_is_looked_at_as_warily_as_a_local_file(self, tmp_path: Path) -> None:
        playlist = tmp_path / "list.mp4"
        playlist.write_text("#EXTM3U\n#EXTINF:5,\n/etc/passwd\n")

        with serving(playlist) as store, pytest.raises(NotAVideo):
            PyAvMaker().make_recording_set(store.footage(), tmp_path)

    def test_may_be_of_http_only(self, tmp_path: Path) -> None:
        with pytest.raises(MakerDown):
            PyAvMaker().make_recording_set(
                Ranged(url="file:///etc/passwd", size_bytes=9), tmp_path
            )
