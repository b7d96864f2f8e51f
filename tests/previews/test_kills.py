"""`kill -9` in mid-job, of the child, the worker and the document server, with real processes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil
import pytest
from pymongo import MongoClient

from kit.ids import new_id
from tests.journeys.part import Part
from tests.previews.media import Studio
from tests.services import free_port, wait_until
from tests.workers.staging import Staging, a_staging

pytestmark = [pytest.mark.media, pytest.mark.waits, pytest.mark.timeout(240)]

CHILD: Final = "apps.previews.adapters.engine"
# A lease, the visibility timeout of the tests' broker, and the job once more on a busy machine.
WITHIN_S: Final = 120


@dataclass(frozen=True, slots=True)
class Scene:
    """A broker, a worker of the previews pool, a document server and a folder of files."""

    staging: Staging
    documents: Part
    database: Any
    media: Path

    def a_recording(self, footage: Path) -> str:
        """Store footage as a recording and queue its set; return its id."""
        recording_id = self.store(footage)
        self.staging.send("previews.make_recording_set", recording_id=recording_id)
        return recording_id

    def a_share(self, footage: Path) -> str:
        """Store footage as a recording of somebody's and queue a clip of it; return its id."""
        recording_id, share_id, now = self.store(footage), new_id(), datetime.now(UTC)
        of = self.database["recordings"].find_one({"_id": recording_id}) or {}
        creator_id, handle = of["creator_id"], of["creator_id"].lower()
        self.database["profiles"].insert_one(
            {"_id": creator_id, "handle": handle, "display_name": "Ada", "created_at": now}
        )
        self.database["shares"].insert_one(
            {
                "_id": share_id,
                "creator_id": creator_id,
                "recording_id": recording_id,
                "broadcast_id": of["broadcast_id"],
                "start_s": 100.0,
                "end_s": 120.0,
                "style": "full",
                "state": "queued",
                "attempt": 0,
                "tries": 0,
                "outbox": [],
                "created_at": now,
                "updated_at": now,
            }
        )
        self.staging.send("previews.compose_share", share_id=share_id)
        return share_id

    def the_share(self, share_id: str) -> dict[str, Any]:
        return self.database["shares"].find_one({"_id": share_id}) or {}

    def store(self, footage: Path) -> str:
        """Store footage as a recording; return its id."""
        recording_id = new_id()
        name = f"recordings/{recording_id}.mp4"
        (self.media / "recordings").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(footage, self.media / name)
        self.database["recordings"].insert_one(
            {
                "_id": recording_id,
                "broadcast_id": new_id(),
                "creator_id": new_id(),
                "title": "Launch",
                "visibility": "public",
                "state": "stored",
                "created_at": datetime.now(UTC),
                "storage_name": name,
            }
        )
        return recording_id

    def the_set(self, recording_id: str) -> dict[str, Any]:
        return self.database["preview_sets"].find_one({"subject_id": recording_id}) or {}

    def child(self, worker: Part) -> psutil.Process:
        """Return the process that works on a file, once there is one: forked of the nursery."""
        found: list[psutil.Process] = []

        def look() -> bool:
            below = psutil.Process(worker.process_id).children(recursive=True)
            makers = [one for one in below if CHILD in words_of(one)]
            ids = {one.pid for one in makers}
            found[:] = [one for one in makers if one.ppid() in ids]
            return bool(found)

        assert wait_until(look, within_s=60), worker.tail()
        return found[0]

    def is_complete(self, recording_id: str) -> bool:
        """Wait for the set; say whether each of its files is there, and no other."""
        assert wait_until(
            lambda: self.the_set(recording_id).get("state") == "ready", within_s=WITHIN_S
        ), self.the_set(recording_id)
        shown = {asset["name"] for asset in self.the_set(recording_id)["shown"]["assets"]}
        folder = self.media / "previews" / "recording" / recording_id
        kept = {str(path.relative_to(self.media)) for path in folder.rglob("*") if path.is_file()}
        return bool(shown) and shown == kept


def words_of(one: psutil.Process) -> str:
    try:
        return " ".join(one.cmdline())
    except psutil.Error:  # it ended meanwhile
        return ""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home = tmp_path_factory.mktemp("kills")
    port = free_port()
    url = f"mongodb://127.0.0.1:{port}/kills"
    command = [
        *(sys.executable, "-m", "workers.embedded.documents", "--port", str(port)),
        *("--db", str(home / "documents.sqlite3"), "--log-file", str(home / "nx.log")),
        *("--pid-file", str(home / "nx.pid")),
    ]
    with a_staging(
        home, broker="redis", MONGODB_URL=url, STORAGE_URL=f"file://{home}/media"
    ) as staging:
        documents = Part(command, staging.variables, home / "documents.log", port)
        documents.start()
        documents.wait_up()
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=30_000) as client:
            yield Scene(staging, documents, client["kills"], home / "media")
        documents.end()


@pytest.fixture
def footage(studio: Studio) -> Path:
    """Long enough to be hit in the middle."""
    return studio.five_minutes()


@pytest.fixture(autouse=True)
def _alone(scene: Scene) -> Iterator[None]:
    yield
    scene.staging.clear("previews")


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
        child = scene.child(worker)

        worker.kill()

        assert wait_until(lambda: not child.is_running(), within_s=10)
        scene.staging.worker("previews", "--concurrency", "1")
        assert scene.is_complete(recording_id)
        assert scene.the_set(recording_id)["attempt"] == 2

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
