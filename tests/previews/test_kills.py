"""`kill -9` in mid-job, of the child, the worker, the document server and the storage."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.previews.media import Studio
from tests.previews.scenes import WITHIN_S, Scene, a_scene
from tests.services import wait_until

pytestmark = [pytest.mark.media, pytest.mark.journey, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with a_scene(tmp_path_factory.mktemp("kills")) as set_up:
        yield set_up


@pytest.fixture(scope="module")
def far_scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Its files lie on S3."""
    with a_scene(tmp_path_factory.mktemp("far"), has_s3=True) as set_up:
        yield set_up


@pytest.fixture
def footage(studio: Studio) -> Path:
    """Long enough to be hit in the middle."""
    return studio.five_minutes()


@pytest.fixture(autouse=True)
def _alone(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    for name in {"scene", "far_scene"} & {*request.fixturenames}:
        request.getfixturevalue(name).staging.clear("previews")


class TestAKill:
    def test_of_the_child_costs_a_try(self, scene: Scene, footage: Path) -> None:
        worker = scene.staging.worker("previews", "--concurrency", "1")
        recording_id = scene.a_recording(footage)

        scene.child(worker).kill()

        assert scene.is_complete(recording_id)
        assert scene.the_set(recording_id)["attempt"] == 2

    def test_of_the_worker_costs_a_lease(self, scene: Scene, footage: Path) -> None:
        worker = scene.staging.worker("previews", "--concurrency", "1")
        recording_id = scene.a_recording(footage)
        child, in_work = scene.child(worker), list(scene.scratch.glob("*/preview-*"))

        worker.kill()

        assert wait_until(lambda: not child.is_running(), within_s=10)
        scene.staging.worker("previews", "--concurrency", "1")
        assert scene.is_complete(recording_id)
        assert scene.the_set(recording_id)["attempt"] == 2
        assert in_work
        assert not [left for left in in_work if left.parent.exists()]

    def test_of_the_worker_costs_a_shared_clip_a_lease(self, scene: Scene, footage: Path) -> None:
        worker = scene.staging.worker("previews", "--concurrency", "1")
        share_id = scene.a_share(footage)
        child = scene.child(worker)

        worker.kill()

        assert wait_until(lambda: not child.is_running(), within_s=10)
        scene.staging.worker("previews", "--concurrency", "1")
        assert wait_until(
            lambda: scene.the_share(share_id).get("state") == "ready", within_s=WITHIN_S
        ), scene.the_share(share_id)
        folder = scene.media / "previews" / "share" / share_id
        (kept,) = [path for path in folder.rglob("*") if path.is_file()]
        (asset,) = scene.the_share(share_id)["shown"]["assets"]
        assert str(kept.relative_to(scene.media)) == asset["name"]
        assert (kept.stat().st_size, scene.the_share(share_id)["attempt"]) == (asset["bytes"], 2)

    def test_of_the_document_server_loses_nothing(self, scene: Scene, footage: Path) -> None:
        worker = scene.staging.worker("previews", "--concurrency", "1")
        recording_id = scene.a_recording(footage)
        scene.child(worker)

        scene.documents.kill()
        scene.documents.start()
        scene.documents.wait_up()

        assert scene.is_complete(recording_id)


class TestAKillOfTheStorage:
    def test_while_the_footage_is_read_costs_a_try(self, far_scene: Scene, footage: Path) -> None:
        worker = far_scene.staging.worker("previews", "--concurrency", "1")
        recording_id = far_scene.a_recording(footage)
        far_scene.child(worker)

        stay_away(far_scene, recording_id)

        assert far_scene.is_complete(recording_id)
        assert far_scene.the_set(recording_id)["attempt"] > 1

    def test_while_the_set_is_stored_leaves_no_half_of_it(
        self, far_scene: Scene, studio: Studio
    ) -> None:
        far_scene.staging.worker("previews", "--concurrency", "1")
        recording_id = far_scene.a_recording(studio.three_seconds())
        folder = far_scene.folder(recording_id)
        await_file(folder)

        stay_away(far_scene, recording_id)

        assert far_scene.is_complete(recording_id)
        draft = far_scene.the_set(recording_id)["shown"]["assets"]
        sizes = {one["name"]: one["bytes"] for one in draft}
        assert {name: (far_scene.media / name).stat().st_size for name in sizes} == sizes


@pytest.mark.rabbitmq
class TestOnRabbitMQ:
    """It hands a killed worker's task out at once, while the killed one's lease still runs."""

    @pytest.fixture
    def rabbit_scene(self, tmp_path: Path) -> Iterator[Scene]:
        with a_scene(tmp_path, broker="rabbitmq") as set_up:
            yield set_up

    def test_a_kill_of_the_worker_costs_a_lease(self, rabbit_scene: Scene, footage: Path) -> None:
        worker = rabbit_scene.staging.worker("previews", "--concurrency", "1")
        recording_id = rabbit_scene.a_recording(footage)
        rabbit_scene.child(worker)

        worker.kill()
        rabbit_scene.staging.worker("previews", "--concurrency", "1")

        assert rabbit_scene.is_complete(recording_id)
        assert rabbit_scene.the_set(recording_id)["attempt"] == 2


def await_file(folder: Path, within_s: float = 90) -> None:
    """Return as soon as a folder has a file: the others follow within milliseconds."""
    deadline = time.monotonic() + within_s
    while not any(path.is_file() for path in folder.rglob("*")):
        assert time.monotonic() < deadline, "nothing was stored in time"
        time.sleep(0.002)


def stay_away(scene: Scene, recording_id: str) -> None:
    """Kill the storage, and bring it back only once the job has felt it."""
    assert scene.store is not None
    scene.store.kill()
    is_released = wait_until(
        lambda: scene.the_set(recording_id).get("state") == "pending", within_s=90
    )
    scene.store.start()
    scene.store.wait_up()
    assert is_released, scene.the_set(recording_id)
