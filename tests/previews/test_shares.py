"""The job of a shared clip: asked for within bounds, made once, stopped, deleted, swept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings
from typing_extensions import override

from apps.previews import public as previews
from apps.previews import wiring
from apps.previews.adapters.memory import MemoryMaker, MemoryShelf
from apps.previews.contracts import ShareState, Style, Subject
from apps.previews.documents.shares import Share
from apps.previews.documents.work import LEASE, TIDY_AFTER
from apps.previews.errors import (
    BadCut,
    CutBeyondEnd,
    JobHeld,
    MakerDown,
    NothingToStop,
    TooManyShares,
)
from apps.previews.ports import Cut, Footage, Made, Ranged, Tell, Template
from apps.previews.queries.stored_names import find_stored_names
from apps.previews.services import shares, upkeep
from apps.streams.contracts import RecordingSummary
from apps.streams.documents.recordings import Recording
from apps.streams.errors import RecordingNotStored
from kit.buckets import S3
from kit.ids import new_id
from tests.accounts.builders import a_person
from tests.conftest import NOON
from tests.previews import looking
from tests.previews.acting import FOOTAGE, at_once
from tests.previews.builders import a_recording, a_recording_in_storage
from tests.previews.media import Studio
from tests.previews.test_composer import loudness
from tests.previews.test_s3 import a_backend, fetch
from tests.previews.test_s3 import bucket as bucket
from tests.streams.builders import an_ended_broadcast

pytestmark = pytest.mark.usefixtures("indexes")

TEMPLATE = Template(style="full", title="Launch", channel="Ada", handle="@ada")
LATER = NOON + timedelta(minutes=30)


class TestAsk:
    @pytest.mark.parametrize(
        ("start_s", "end_s", "refusal"),
        [
            pytest.param(5.0, 5.5, BadCut, id="too-short"),
            pytest.param(9.0, 5.0, BadCut, id="backwards"),
            pytest.param(0.0, 90.5, BadCut, id="too-long"),
            pytest.param(30.0, 50.0, CutBeyondEnd, id="beyond-the-end"),
        ],
    )
    def test_refuses_a_cut_it_cannot_make(
        self, start_s: float, end_s: float, refusal: type[Exception]
    ) -> None:
        recording = replace(a_recording(), duration_s=40.0)

        with pytest.raises(refusal):
            ask(recording, start_s=start_s, end_s=end_s)

        assert Share.objects(recording_id=recording.id).count() == 0

    def test_refuses_what_is_not_stored(self) -> None:
        with pytest.raises(RecordingNotStored):
            ask(replace(a_recording(), state="expected"))

    def test_lets_one_creator_wait_for_a_few_only_even_when_asked_at_once(self) -> None:
        recording = a_recording()

        asked = at_once(8, lambda: try_to_ask(recording))

        waiting = Share.objects.under_way(recording.creator_id, now=NOON).count()
        afterwards = [try_to_ask(recording) for _ in range(shares.MOST_UNDER_WAY + 1)]
        # All may be refused, as each sees the others; but nothing of them stays in the way.
        assert waiting == sum(asked) <= shares.MOST_UNDER_WAY
        assert sum(afterwards) == shares.MOST_UNDER_WAY - waiting

    def test_bounds_the_day_but_not_the_next(self) -> None:
        recording = a_recording()
        for _ in range(shares.MOST_A_DAY):
            a_share(recording, state=ShareState.READY)

        with pytest.raises(TooManyShares):
            ask(recording)

        assert ask(recording, now=NOON + timedelta(days=1, seconds=1))

    def test_counts_those_of_a_day_that_were_deleted(self) -> None:
        recording, shelf = a_recording(), MemoryShelf()
        for _ in range(shares.MOST_A_DAY):
            share_id = str(a_share(recording, state=ShareState.READY).pk)
            shares.remove(share_id=share_id, shelf=shelf, now=NOON)
        for hours in (1, 2):
            upkeep.sweep(shelf=shelf, now=NOON + timedelta(hours=hours))

        with pytest.raises(TooManyShares):
            ask(recording, now=NOON + timedelta(hours=3))

    def test_counts_what_was_stopped_but_may_run_still(self) -> None:
        recording, shelf = a_recording(), MemoryShelf()
        for _ in range(shares.MOST_UNDER_WAY):
            share_id = ask(recording)
            Share.objects.one(share_id).begin(now=NOON)
            shares.remove(share_id=share_id, shelf=shelf, now=NOON)

        with pytest.raises(TooManyShares):
            ask(recording)

        assert ask(recording, now=NOON + LEASE)

    def test_does_not_wait_for_what_never_ran(self) -> None:
        recording, shelf = a_recording(), MemoryShelf()
        for _ in range(shares.MOST_UNDER_WAY):
            shares.remove(share_id=ask(recording), shelf=shelf, now=NOON)

        assert ask(recording)


class TestMake:
    def test_shows_one_clip_and_announces_it_once(self) -> None:
        recording, shelf = a_recording(), MemoryShelf(dict(FOOTAGE))
        share_id = ask(recording)

        make(share_id, shelf)
        make(share_id, shelf)

        made = the_share(share_id)
        (asset,) = made.shown.assets
        assert (made.state, made.attempt, made.progress) == (ShareState.READY, 1, 100)
        assert asset.duration_s == 4.0
        assert shared_in(shelf) == {asset.name}
        assert find_stored_names([asset.name, "previews/share/x/y/z.mp4"]) == {asset.name}
        assert announced(made) == [
            {
                "key": "share.ready",
                "share_id": share_id,
                "recording_id": recording.id,
                "creator_id": recording.creator_id,
            }
        ]

    def test_says_why_a_file_is_refused(self) -> None:
        recording = a_recording()
        share_id = ask(recording)

        make(share_id, MemoryShelf({recording.storage_name: b""}))

        failed = the_share(share_id)
        assert (failed.state, failed.error["code"]) == (ShareState.FAILED, "not-a-video")
        assert [one["key"] for one in announced(failed)] == ["share.failed"]

    def test_waits_for_its_next_try_after_an_outage(self) -> None:
        share_id = ask(a_recording())

        with pytest.raises(MakerDown):
            make(share_id, MemoryShelf(dict(FOOTAGE)), MemoryMaker(failing=MakerDown(detail="x")))

        assert the_share(share_id).state == ShareState.QUEUED

    def test_is_one_makers_until_the_lease_ends(self) -> None:
        share_id, shelf = ask(a_recording()), MemoryShelf(dict(FOOTAGE))
        assert Share.objects.one(share_id).begin(now=NOON)

        with pytest.raises(JobHeld):
            make(share_id, shelf, now=NOON + timedelta(seconds=5))
        make(share_id, shelf, now=NOON + LEASE + timedelta(seconds=1))

        assert (the_share(share_id).state, the_share(share_id).attempt) == (ShareState.READY, 2)

    def test_uses_what_a_killed_one_had_stored(self) -> None:
        share_id, shelf = ask(a_recording()), KilledAfterStoring(dict(FOOTAGE))
        with pytest.raises(SystemExit):
            make(share_id, shelf)

        second = MemoryMaker()
        make(share_id, MemoryShelf(shelf.files), second, now=NOON + 2 * LEASE)

        assert (the_share(share_id).state, second.seen) == (ShareState.READY, [])

    @pytest.mark.parametrize("stop", ["cancel", "remove"])
    def test_leaves_nothing_when_it_is_stopped_in_the_middle(self, stop: str) -> None:
        share_id, shelf = ask(a_recording()), MemoryShelf(dict(FOOTAGE))
        stopping: dict[str, Callable[[], Any]] = {
            "cancel": lambda: shares.cancel(share_id=share_id, by="ada", now=NOON),
            "remove": lambda: shares.remove(share_id=share_id, shelf=shelf, now=NOON),
        }

        make(share_id, shelf, Meanwhile(stopping[stop]))
        upkeep.sweep(shelf=shelf, now=NOON + 2 * TIDY_AFTER)

        assert shared_in(shelf) == set()
        upkeep.sweep(shelf=shelf, now=NOON + shares.DAY + TIDY_AFTER)
        assert [one.state for one in Share.objects(id=share_id)] == (
            [ShareState.CANCELLED] if stop == "cancel" else []
        )

    def test_does_not_outdo_the_one_that_took_over(self) -> None:
        share_id, shelf = ask(a_recording()), MemoryShelf(dict(FOOTAGE))
        later = NOON + LEASE + timedelta(seconds=1)

        make(share_id, shelf, Meanwhile(lambda: make(share_id, shelf, now=later)))

        made = the_share(share_id)
        assert (made.state, made.attempt, len(made.outbox)) == (ShareState.READY, 2, 1)
        assert shared_in(shelf) == set(made.shown.names())


@pytest.mark.media
@pytest.mark.django_db
class TestOnS3:
    """The real composer, and a real server that hands out signed addresses."""

    @pytest.fixture
    def far(self, bucket: S3, settings: Settings) -> None:
        settings.STORAGES = {**settings.STORAGES, "default": a_backend(bucket)}

    @pytest.mark.usefixtures("far")
    def test_is_composed_of_ranges_and_fetched_from_there(
        self, studio: Studio, tmp_path: Path
    ) -> None:
        ada, content = a_person("ada"), studio.five_minutes().read_bytes()
        recording_id = a_recording_in_storage(an_ended_broadcast(creator_id=ada), content=content)
        Recording.objects(id=recording_id).update(set__duration_s=300.0)
        asked = previews.share_recording(
            recording_id=recording_id, start_s=153.0, end_s=154.5, template="full", by=ada
        )

        previews.compose_share(share_id=asked.id)

        made = previews.get_own_share(share_id=asked.id, by=ada)
        assert made.asset is not None, made.error_detail
        with wiring.archive().lent(Recording.objects.get(id=recording_id).storage_name) as footage:
            assert isinstance(footage, Ranged)
        assert 0 < the_share(asked.id).shown.source_bytes < len(content) / 4
        clip = tmp_path / "share.mp4"
        clip.write_bytes(fetch(Client().get(made.asset.url)["Location"]))
        seen = looking.watch(clip)
        assert (seen.size, seen.tracks) == ((1280, 720), 2)
        assert looking.is_picture(seen.frames[len(seen.frames) // 2])
        assert loudness(clip).max() > 0.01, "the sound was not read"
        assert clip.stat().st_size == made.asset.bytes


class TestUpkeep:
    def test_queues_what_was_lost_and_gives_up_in_the_end(self) -> None:
        lost, hopeless = a_share(a_recording()), a_share(a_recording(), tries=shares.MOST_TRIES)

        claimed = shares.claim_stale(now=LATER)

        assert str(lost.pk) in claimed
        assert str(lost.pk) not in shares.claim_stale(now=LATER)
        assert the_share(str(hopeless.pk)).error["code"] == "gave-up"

    def test_takes_a_share_down_with_its_recording(self) -> None:
        recording, shelf = a_recording(), MemoryShelf(dict(FOOTAGE))
        share_id = ask(recording)
        make(share_id, shelf)
        Share.objects(id=share_id).update(set__outbox=[])

        upkeep.take_down(subject=Subject.RECORDING, gone=[recording.id], shelf=shelf, now=NOON)
        gone_at_once = shared_in(shelf) == set()
        upkeep.sweep(shelf=shelf, now=NOON + shares.DAY + TIDY_AFTER)

        assert gone_at_once
        assert Share.objects(id=share_id).count() == 0

    def test_deletes_no_file_before_the_storage_answers(self) -> None:
        share_id, shelf = ask(a_recording()), MemoryShelf(dict(FOOTAGE))
        make(share_id, shelf)
        shelf.down = True

        shares.remove(share_id=share_id, shelf=shelf, now=NOON)
        shelf.down = False
        upkeep.sweep(shelf=shelf, now=NOON + timedelta(seconds=1))

        assert shared_in(shelf) == set()


class TestCancel:
    def test_refuses_what_is_at_rest(self) -> None:
        made = a_share(a_recording(), state=ShareState.READY)

        with pytest.raises(NothingToStop):
            shares.cancel(share_id=str(made.pk), by="ada", now=NOON)


@dataclass(slots=True)
class Meanwhile(MemoryMaker):
    """Lets something happen while it works."""

    happens: Callable[[], Any] = lambda: None

    def __init__(self, happens: Callable[[], Any]) -> None:
        MemoryMaker.__init__(self)
        self.happens = happens

    @override
    def compose(
        self, source: Footage, cut: Cut, template: Template, into: Path, tell: Tell | None = None
    ) -> Made:
        made = MemoryMaker.compose(self, source, cut, template, into, tell)
        self.happens()
        return made


class KilledAfterStoring(MemoryShelf):
    """The file is there, and whoever stored it dies."""

    @override
    def keep(self, source: Path, name: str, content_type: str) -> None:
        super().keep(source, name, content_type)
        raise SystemExit


def ask(
    recording: RecordingSummary, *, start_s: float = 2.0, end_s: float = 6.0, now: datetime = NOON
) -> str:
    wish = shares.Wish(start_s=start_s, end_s=end_s, style=Style.FULL)
    return shares.ask(recording=recording, wish=wish, now=now)


def try_to_ask(recording: RecordingSummary) -> bool:
    try:
        return bool(ask(recording))
    except TooManyShares:
        return False


def make(
    share_id: str, shelf: MemoryShelf, maker: MemoryMaker | None = None, now: datetime = NOON
) -> None:
    shares.make(
        share_id=share_id,
        template=TEMPLATE,
        tools=shares.Tools(
            footage=shelf.lent("recordings/one.mp4"),
            composer=maker or MemoryMaker(),
            shelf=shelf,
            clock=lambda: now,
        ),
    )


def a_share(
    recording: RecordingSummary, *, state: ShareState = ShareState.QUEUED, tries: int = 0
) -> Share:
    made: Share = Share(
        creator_id=recording.creator_id,
        recording_id=recording.id,
        broadcast_id=new_id(),
        start_s=2.0,
        end_s=6.0,
        style="full",
        state=state.value,
        tries=tries,
        created_at=NOON,
        updated_at=NOON,
    ).save()
    return made


def the_share(share_id: str) -> Share:
    found: Share = Share.objects.get(id=share_id)
    return found


def shared_in(shelf: MemoryShelf) -> set[str]:
    return {name for name in shelf.files if name.startswith("previews/share/")}


def announced(share: Share) -> list[dict[str, Any]]:
    return [{"key": one["key"], **one["data"]} for one in share.outbox]
