"""A worker of the previews pool with everything around it as real processes, to be killed."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil
from django.core.files import File
from pymongo import MongoClient

from kit.buckets import S3
from kit.ids import new_id
from tests import s3
from tests.journeys.part import Part
from tests.services import free_port, wait_until
from tests.workers.staging import Staging, a_staging

CHILD: Final = "apps.previews.adapters.engine"
# A lease, the visibility timeout of the tests' broker, and the job once more on a busy machine.
WITHIN_S: Final = 120
SWEPT_S: Final = 30


@dataclass(frozen=True, slots=True)
class Scene:
    """A broker, a document server, and a folder of files or an S3 that keeps them in one."""

    staging: Staging
    documents: Part
    database: Any
    media: Path
    scratch: Path
    store: Part | None = None
    bucket: S3 | None = None

    def a_recording(self, footage: Path) -> str:
        """Store footage as a recording and queue its set; return its id."""
        recording_id = self.keep(footage)
        self.staging.send("previews.make_recording_set", recording_id=recording_id)
        return recording_id

    def a_share(self, footage: Path) -> str:
        """Store footage as a recording of somebody's and queue a clip of it; return its id."""
        recording_id, share_id, now = self.keep(footage), new_id(), datetime.now(UTC)
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

    def keep(self, footage: Path) -> str:
        """Store footage as a recording; return its id."""
        recording_id = new_id()
        name = f"recordings/{recording_id}.mp4"
        self._write(footage, name)
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

    def _write(self, footage: Path, name: str) -> None:
        if self.bucket:  # what came into its folder some other way it does not see for minutes
            with footage.open("rb") as content:
                self.bucket.save(name, File(content))
            return
        (self.media / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(footage, self.media / name)

    def the_set(self, recording_id: str) -> dict[str, Any]:
        return self.database["preview_sets"].find_one({"subject_id": recording_id}) or {}

    def folder(self, recording_id: str) -> Path:
        """Return where the files of a recording's set lie."""
        return self.media / "previews" / "recording" / recording_id

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
        """Wait for the set; say whether each of its files is there, and soon no other."""
        assert wait_until(
            lambda: self.the_set(recording_id).get("state") == "ready", within_s=WITHIN_S
        ), self.the_set(recording_id)
        shown = {asset["name"] for asset in self.the_set(recording_id)["shown"]["assets"]}
        # what an earlier try left is deleted once the set is shown
        is_alone = wait_until(lambda: self._kept(recording_id) == shown, within_s=SWEPT_S)
        assert is_alone, self._kept(recording_id) ^ shown
        return bool(shown)

    def _kept(self, recording_id: str) -> set[str]:
        files = [path for path in self.folder(recording_id).rglob("*") if path.is_file()]
        return {str(one.relative_to(self.media)) for one in files if not s3.is_unfinished(one)}


def words_of(one: psutil.Process) -> str:
    try:
        return " ".join(one.cmdline())
    except psutil.Error:  # it ended meanwhile
        return ""


@contextmanager
def a_scene(home: Path, *, broker: str = "redis", has_s3: bool = False) -> Iterator[Scene]:
    """Run a broker of one kind (redis | rabbitmq), and servers beside it."""
    port = free_port()
    url = f"mongodb://127.0.0.1:{port}/kills"
    command = [
        *(sys.executable, "-m", "workers.embedded.documents", "--port", str(port)),
        *("--db", str(home / "documents.sqlite3"), "--log-file", str(home / "nx.log")),
        *("--pid-file", str(home / "nx.pid")),
    ]
    bucket = s3.an_s3(home) if has_s3 else None
    media = bucket.folder if bucket else home / "media"
    variables = bucket.variables() if bucket else {"STORAGE_URL": f"file://{media}"}
    variables |= {"MONGODB_URL": url, "SCRATCH_DIRECTORY": str(home / "scratch")}
    with a_staging(home, broker=broker, **variables) as staging:
        documents = Part(command, staging.variables, home / "documents.log", port)
        store = far = None
        if bucket:
            store = Part(bucket.command(), staging.variables, home / "s3.log", bucket.port)
            far = S3(**bucket.options())
        parts = [documents, *([store] if store else [])]
        for part in parts:
            part.start()
            part.wait_up()
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=30_000) as client:
            yield Scene(staging, documents, client["kills"], media, home / "scratch", store, far)
        for part in parts:
            part.end()
