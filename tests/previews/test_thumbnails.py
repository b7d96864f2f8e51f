"""The poster a creator chooses: made, shown, kept through every revision, given back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from apps.previews.adapters.memory import MemoryMaker, MemoryShelf
from apps.previews.contracts import PreviewSummary, Subject
from apps.previews.documents.thumbnails import Thumbnail
from apps.previews.errors import CandidateNotFound, MakerDown, NotAPicture, TooLarge
from apps.previews.queries import sets as found_sets
from apps.previews.queries import thumbnails as found_thumbnails
from apps.previews.services import sets, thumbnails
from apps.previews.services.thumbnails import Picked
from apps.streams.contracts import RecordingSummary
from kit.ids import new_id
from tests.conftest import NOON
from tests.previews.acting import FOOTAGE, make, refresh
from tests.previews.builders import a_live, a_recording

pytestmark = pytest.mark.usefixtures("indexes")

JPEG = b"\xff\xd8\xff\xe0 a picture with the place it was taken at"


class TestChooseCandidate:
    def test_shows_it_in_place_of_the_engines_choice(self) -> None:
        recording, shelf = a_recording(), MemoryShelf(dict(FOOTAGE))
        make(recording, shelf=shelf)

        make_choice(choose(recording), shelf)

        preview = shown(recording, shelf)
        posters = [one for one in preview.assets if one.kind == "poster"]
        assert preview.thumbnail == "candidate"
        assert [one.width for one in posters] == [320, 640, 1280]
        assert all("/previews/thumbnail/" in one.url for one in posters)
        assert preview.first("storyboard")

    def test_stays_when_the_set_is_made_anew(self) -> None:
        recording, shelf = a_recording(), MemoryShelf(dict(FOOTAGE))
        make(recording, shelf=shelf)
        make_choice(choose(recording), shelf)
        chosen = posters(recording, shelf)

        for footage in (b"cut once", b"cut twice", b"cut three times"):
            sets.regenerate(subject=Subject.RECORDING, subject_id=recording.id, now=NOON)
            shelf.files[recording.storage_name] = footage
            make(recording, shelf=shelf)

        assert posters(recording, shelf) == chosen
        assert all(url.removeprefix("/media/") in shelf.files for url in chosen)

    def test_refuses_what_is_not_among_them(self) -> None:
        recording = a_recording()
        make(recording)

        for candidate in ("0" * 16, ""):
            with pytest.raises(CandidateNotFound):
                choose(recording, candidate)


class TestUpload:
    def test_is_made_into_posters_and_the_picture_itself_is_deleted(self, tmp_path: Path) -> None:
        recording, shelf, maker = a_recording(), MemoryShelf(dict(FOOTAGE)), MemoryMaker()
        make(recording, shelf=shelf)
        choice = upload(recording, shelf, a_picture(tmp_path))
        while_it_waits = set(shelf.files)

        make_choice(choice, shelf, maker)

        assert any(name.startswith("incoming/") for name in while_it_waits)
        assert not any(name.startswith("incoming/") for name in shelf.files)
        assert maker.seen == [JPEG]
        assert shown(recording, shelf).thumbnail == "upload"

    def test_of_a_broadcast_is_shown_of_its_recording_too(self, tmp_path: Path) -> None:
        recording, shelf = a_recording(), MemoryShelf(dict(FOOTAGE))
        broadcast = Picked(
            subject=Subject.BROADCAST,
            subject_id=recording.broadcast_id,
            broadcast_id=recording.broadcast_id,
        )
        picture = a_picture(tmp_path)
        choice = thumbnails.upload(of=broadcast, picture=picture, shelf=shelf, now=NOON)
        make_choice(choice, shelf)

        before = found_sets.find_previews(
            subject="broadcast", subject_ids=[recording.broadcast_id], url_of=shelf.url
        )[recording.broadcast_id]
        make(recording, shelf=shelf)

        assert (before.state, before.thumbnail) == ("empty", "upload")
        assert before.card().poster
        assert shown(recording, shelf).thumbnail == "upload"

    def test_is_shown_in_place_of_every_thumbnail_of_a_live(self, tmp_path: Path) -> None:
        broadcast_id, shelf = new_id(), MemoryShelf()
        live = Picked(
            subject=Subject.BROADCAST, subject_id=broadcast_id, broadcast_id=broadcast_id
        )
        refresh(broadcast_id, a_live(tmp_path, b"one"), shelf=shelf)

        choice = thumbnails.upload(of=live, picture=a_picture(tmp_path), shelf=shelf, now=NOON)
        make_choice(choice, shelf)

        preview = found_sets.get_preview(
            subject="broadcast", subject_id=broadcast_id, url_of=shelf.url
        )
        kinds = {one.kind for one in preview.assets}
        assert kinds == {"preview", "poster", "poster_webp", "poster_avif"}

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            (b"<svg onload=alert(1)>", NotAPicture),
            (b"", NotAPicture),
            (JPEG + bytes(thumbnails.MAX_BYTES), TooLarge),
        ],
        ids=["svg", "empty", "too-large"],
    )
    def test_is_refused_before_it_is_kept(
        self, tmp_path: Path, content: bytes, expected: type[Exception]
    ) -> None:
        shelf = MemoryShelf()

        with pytest.raises(expected):
            upload(a_recording(), shelf, a_picture(tmp_path, content))

        assert shelf.files == {}

    def test_is_replaced_by_a_later_one(self, tmp_path: Path) -> None:
        recording, shelf = a_recording(), MemoryShelf(dict(FOOTAGE))
        make(recording, shelf=shelf)
        first = upload(recording, shelf, a_picture(tmp_path))
        second = upload(recording, shelf, a_picture(tmp_path, JPEG + b" another"))

        for choice in (second, first):
            make_choice(choice, shelf)

        own = {name for name in shelf.files if "/thumbnail/" in name or "incoming" in name}
        assert own == set(stored(recording).shown.names())


class TestMake:
    def test_says_why_a_picture_was_refused_and_shows_what_was_shown(self, tmp_path: Path) -> None:
        recording, shelf = a_recording(), MemoryShelf(dict(FOOTAGE))
        make(recording, shelf=shelf)
        make_choice(choose(recording), shelf)
        chosen = posters(recording, shelf)

        choice = upload(recording, shelf, a_picture(tmp_path))
        make_choice(choice, shelf, MemoryMaker(failing=NotAPicture(detail="it is all noise")))

        told = found_thumbnails.get_thumbnail(
            subject=Subject.RECORDING, subject_id=recording.id, url_of=shelf.url
        )
        assert (told.state, told.source) == ("failed", "candidate")
        assert told.error_sentence == "The file is not a picture we know: it is all noise."
        assert len(told.candidates) == 2
        assert posters(recording, shelf) == chosen
        assert not any(name.startswith("incoming/") for name in shelf.files)

    def test_is_queued_again_where_it_was_lost_and_given_up_at_last(self, tmp_path: Path) -> None:
        recording, shelf = a_recording(), MemoryShelf()
        choice = upload(recording, shelf, a_picture(tmp_path))
        down = MemoryMaker(failing=MakerDown(detail="killed"))
        with pytest.raises(MakerDown):
            make_choice(choice, shelf, down)

        later = NOON + thumbnails.STALE_AFTER + timedelta(seconds=1)
        claimed = [thumbnails.claim_stale(now=later) for _ in range(2)]
        for _ in range(thumbnails.MOST_TRIES - 1):
            with pytest.raises(MakerDown):
                make_choice(choice, shelf, down)
        make_choice(choice, shelf, down)

        assert claimed == [[choice], []]
        assert stored(recording).error["code"] == "gave-up"
        assert shelf.files == {}


class TestReset:
    def test_shows_the_engines_choice_again_and_leaves_no_file(self, tmp_path: Path) -> None:
        recording, shelf = a_recording(), MemoryShelf(dict(FOOTAGE))
        make(recording, shelf=shelf)
        automatic = posters(recording, shelf)
        make_choice(upload(recording, shelf, a_picture(tmp_path)), shelf)

        for _ in range(2):
            thumbnails.reset(of=of(recording), shelf=shelf, now=NOON)

        assert shown(recording, shelf).thumbnail == "automatic"
        assert posters(recording, shelf) == automatic
        assert not any("/thumbnail/" in name for name in shelf.files)

    def test_of_nothing_changes_nothing(self) -> None:
        recording = a_recording()

        thumbnails.reset(of=of(recording), shelf=MemoryShelf(), now=NOON)

        assert not Thumbnail.objects(subject_id=recording.id)


def of(recording: RecordingSummary) -> Picked:
    return Picked(
        subject=Subject.RECORDING,
        subject_id=recording.id,
        broadcast_id=recording.broadcast_id,
    )


def a_picture(folder: Path, content: bytes = JPEG) -> Path:
    file = folder / new_id()
    file.write_bytes(content)
    return file


def choose(recording: RecordingSummary, candidate: str | None = None) -> str:
    if candidate is None:
        told = found_thumbnails.get_thumbnail(
            subject=Subject.RECORDING, subject_id=recording.id, url_of=str
        )
        candidate = told.candidates[-1].id
    return thumbnails.choose_candidate(of=of(recording), candidate=candidate, now=NOON)


def upload(recording: RecordingSummary, shelf: MemoryShelf, picture: Path) -> str:
    return thumbnails.upload(of=of(recording), picture=picture, shelf=shelf, now=NOON)


def make_choice(choice: str, shelf: MemoryShelf, maker: MemoryMaker | None = None) -> None:
    thumbnails.make(choice=choice, maker=maker or MemoryMaker(), shelf=shelf, now=NOON)


def stored(recording: RecordingSummary) -> Thumbnail:
    found: Thumbnail = Thumbnail.objects.get(subject_id=recording.id)
    return found


def shown(recording: RecordingSummary, shelf: MemoryShelf) -> PreviewSummary:
    return found_sets.get_preview(subject="recording", subject_id=recording.id, url_of=shelf.url)


def posters(recording: RecordingSummary, shelf: MemoryShelf) -> list[str]:
    return [one.url for one in shown(recording, shelf).all("poster")]
