"""What becomes of a recording's set: expected, filled, refused, given up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mongoengine import NotUniqueError
from typing_extensions import override

from apps.previews.adapters.memory import MemoryMaker, MemoryShelf
from apps.previews.contracts import State, Subject
from apps.previews.documents.sets import PreviewSet
from apps.previews.documents.work import LEASE
from apps.previews.errors import MakerDown, ShelfDown, Truncated
from apps.previews.ports import Footage, Made, Tell
from apps.previews.services import jobs
from tests.conftest import NOON
from tests.previews.acting import FOOTAGE, at_once, expect, make
from tests.previews.builders import a_recording, a_waiting_set, announced, the_set

pytestmark = pytest.mark.usefixtures("indexes")


class TestPreviewSet:
    def test_is_one_a_subject(self) -> None:
        first = a_waiting_set()
        second = PreviewSet(
            subject=first.subject,
            subject_id=first.subject_id,
            broadcast_id=first.broadcast_id,
            state=State.PENDING.value,
            updated_at=NOON,
        )

        with pytest.raises(NotUniqueError):
            second.save(force_insert=True)


class TestExpectRecordingSet:
    def test_lets_it_wait(self) -> None:
        recording = a_recording()

        expect(recording)

        waiting = the_set(Subject.RECORDING, recording.id)
        assert waiting.state == State.PENDING
        assert waiting.broadcast_id == recording.broadcast_id

    def test_happens_once(self) -> None:
        recording = a_recording()

        for _ in range(2):
            expect(recording)

        assert len(PreviewSet.objects) == 1

    def test_happens_once_when_many_do_it_at_once(self) -> None:
        recording = a_recording()

        at_once(8, lambda: expect(recording))

        assert len(PreviewSet.objects) == 1

    def test_leaves_a_filled_set_alone(self) -> None:
        recording = a_recording()
        make(recording)

        expect(recording)

        assert the_set(Subject.RECORDING, recording.id).state == State.READY


class TestMakeRecordingSet:
    def test_fills_the_set_and_says_so(self) -> None:
        recording = a_recording()

        make(recording)

        filled = the_set(Subject.RECORDING, recording.id)
        assert filled.state == State.READY
        assert filled.revision == 1
        assert filled.shown.placeholder == "#336699"
        assert announced(filled) == [
            {
                "key": "preview.ready",
                "subject": "recording",
                "subject_id": recording.id,
                "broadcast_id": recording.broadcast_id,
                "is_live": False,
            }
        ]

    def test_keeps_every_file_under_a_name_of_its_content(self) -> None:
        recording, shelf = a_recording(), MemoryShelf(dict(FOOTAGE))

        make(recording, shelf=shelf)

        filled = the_set(Subject.RECORDING, recording.id)
        folders = {asset.name.rsplit("/", 1)[0] for asset in filled.assets}
        assert len(folders) == 1
        assert folders.pop().startswith(f"previews/recording/{recording.id}/")
        for asset in filled.assets:
            assert len(shelf.files[asset.name]) == asset.bytes

    def test_happens_once(self) -> None:
        recording, maker = a_recording(), MemoryMaker()

        for _ in range(2):
            make(recording, maker=maker)

        assert len(maker.seen) == 1
        assert len(announced(the_set(Subject.RECORDING, recording.id))) == 1

    def test_refuses_what_is_no_video_and_says_so(self) -> None:
        recording = a_recording()

        for _ in range(2):
            make(recording, maker=MemoryMaker(failing=Truncated(detail="9 bytes are missing")))

        refused = the_set(Subject.RECORDING, recording.id)
        assert refused.state == State.FAILED
        assert refused.error == {"code": "truncated", "detail": "9 bytes are missing"}
        assert announced(refused) == [
            {
                "key": "preview.failed",
                "subject": "recording",
                "subject_id": recording.id,
                "broadcast_id": recording.broadcast_id,
                "code": "truncated",
                "detail": "9 bytes are missing",
            }
        ]

    @pytest.mark.parametrize(
        ("maker", "shelf", "expected"),
        [
            (MemoryMaker(failing=MakerDown(detail="killed")), MemoryShelf(FOOTAGE), MakerDown),
            (MemoryMaker(), MemoryShelf(FOOTAGE, down=True), ShelfDown),
            (MemoryMaker(), MemoryShelf({}), ShelfDown),
        ],
        ids=["maker-down", "storage-down", "not-in-storage"],
    )
    def test_waits_where_another_try_may_help(
        self, maker: MemoryMaker, shelf: MemoryShelf, expected: type[Exception]
    ) -> None:
        recording = a_recording()

        with pytest.raises(expected):
            make(recording, maker=maker, shelf=shelf)

        waiting = the_set(Subject.RECORDING, recording.id)
        assert (waiting.state, waiting.tries) == (State.PENDING, 1)
        assert announced(waiting) == []

    def test_gives_up_after_many_tries(self) -> None:
        recording, maker = a_recording(), MemoryMaker(failing=MakerDown(detail="killed"))
        for _ in range(jobs.MOST_TRIES[Subject.RECORDING]):
            with pytest.raises(MakerDown):
                make(recording, maker=maker)

        make(recording, maker=maker)

        given_up = the_set(Subject.RECORDING, recording.id)
        assert given_up.state == State.FAILED
        assert given_up.error["code"] == "gave-up"

    def test_publishes_no_file_the_maker_only_points_to(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("not for phones")
        shelf = MemoryShelf(dict(FOOTAGE))

        with pytest.raises(MakerDown):
            make(a_recording(), maker=Pointing(secret), shelf=shelf)

        assert set(shelf.files) == set(FOOTAGE)

    @pytest.mark.parametrize("clip", [b"the same", b"encoded by another version"])
    def test_takes_the_first_of_two_results(self, clip: bytes) -> None:
        recording, shelf = a_recording(), MemoryShelf(dict(FOOTAGE))
        first = Overtaken(b"the same", lambda: None)
        later = NOON + 2 * LEASE
        second = Overtaken(clip, lambda: make(recording, maker=first, shelf=shelf, now=later))

        make(recording, maker=second, shelf=shelf)

        filled = the_set(Subject.RECORDING, recording.id)
        kept = {name for name in shelf.files if name.startswith("previews/")}
        assert filled.revision == 1
        assert len(announced(filled)) == 1
        assert kept == {asset.name for asset in filled.assets}


class Pointing(MemoryMaker):
    """A maker taken over by its footage: the poster is a link to another file."""

    def __init__(self, target: Path) -> None:
        super().__init__()
        self.target = target

    @override
    def make_recording_set(self, source: Footage, into: Path, tell: Tell | None = None) -> Made:
        made = super().make_recording_set(source, into, tell)
        (into / "poster-320.jpg").unlink()
        (into / "poster-320.jpg").symlink_to(self.target)
        return made


class Overtaken(MemoryMaker):
    """A maker whose clip is known, and which lets another worker finish first."""

    def __init__(self, clip: bytes, other_worker: Callable[[], None]) -> None:
        super().__init__()
        self.clip = clip
        self.other_worker = other_worker

    @override
    def make_recording_set(self, source: Footage, into: Path, tell: Tell | None = None) -> Made:
        made = super().make_recording_set(source, into, tell)
        (into / "preview-normal.mp4").write_bytes(self.clip)
        self.other_worker()
        return made
