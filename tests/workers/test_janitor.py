"""The janitor over real storages: what it takes for forgotten or for lost, and what it spares."""

from __future__ import annotations

import json
import os
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from apps.previews.contracts import State, Subject
from apps.previews.documents.assets import Revision, StoredAsset
from apps.previews.documents.sets import PreviewSet
from apps.previews.documents.thumbnails import Thumbnail
from kit.buckets import S3
from kit.ids import new_id
from kit.storages import FolderStorage
from tests.s3 import s3_server
from tests.streams.builders import a_stored_recording, an_ended_broadcast
from workers import tasks
from workers.janitor import MIN_AGE, Look

LATER = timedelta(days=2)


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path / "stored")
    return tmp_path / "stored"


def keep(name: str, storage: Any = default_storage) -> str:
    found: str = storage.save(name, ContentFile(b"12345"))
    return found


def a_recording(*, is_there: bool = True, storage: Any = default_storage) -> str:
    """Store a recording with a playlist and a segment beside it; return its name."""
    broadcast_id = an_ended_broadcast()
    name = f"recordings/{broadcast_id}/abc.mp4"
    a_stored_recording(broadcast_id, storage_name=name)
    if is_there:
        for beside in (name, f"{name[:-4]}/index.m3u8", f"{name[:-4]}/720p/1.m4s"):
            keep(beside, storage)
    return name


def a_preview(*, is_there: bool = True, storage: Any = default_storage) -> list[str]:
    """Store a set: with what is shown, was before, is on its way, and is garbage to delete."""
    subject_id = new_id()
    names = [f"previews/recording/{subject_id}/{nth}/poster.jpg" for nth in range(4)]
    shown, before, draft = (a_revision(name) for name in names[:3])
    PreviewSet(
        subject=Subject.RECORDING.value,
        subject_id=subject_id,
        broadcast_id=new_id(),
        state=State.READY.value,
        shown=shown,
        before=before,
        draft=draft,
        garbage=names[3:],
        updated_at=timezone.now(),
    ).save(force_insert=True)
    for name in names if is_there else []:
        keep(name, storage)
    return names


def a_thumbnail(*, storage: Any = default_storage) -> str:
    """Store what a creator chose; return the file's name."""
    made = Thumbnail(
        subject=Subject.RECORDING.value,
        subject_id=new_id(),
        broadcast_id=new_id(),
        updated_at=timezone.now(),
    )
    name = f"previews/thumbnail/{made.pk}/1/poster.jpg"
    made.shown = a_revision(name)
    made.save(force_insert=True)
    return keep(name, storage)


def a_revision(name: str) -> Revision:
    asset = StoredAsset(
        kind="poster", name=name, content_type="image/jpeg", bytes=5, sha256="0" * 64
    )
    return Revision(assets=[asset])


def orphans(storage: Any = default_storage) -> list[str]:
    """Store what nobody names; return it."""
    names = [
        f"recordings/{new_id()}/abc.mp4",
        "recordings/stray.mp4",
        f"recordings/{new_id()}/abc/720p/1.m4s",
        f"previews/broadcast/{new_id()}/1/poster.jpg",
        "previews/stray.jpg",
    ]
    return [keep(name, storage) for name in names]


class TestLook:
    @pytest.mark.parametrize("kind", ["folder", "bucket"])
    def test_tells_what_nobody_names_from_what_is_named(self, kind: str, tmp_path: Path) -> None:
        if kind == "folder":
            self.check(FolderStorage(location=tmp_path))
            return
        with s3_server(tmp_path) as s3:
            self.check(S3(**s3.options()))

    def check(self, storage: Any) -> None:
        recorded, previewed = a_recording(storage=storage), a_preview(storage=storage)
        chosen = a_thumbnail(storage=storage)
        other = keep(recorded.replace("abc", "def"), storage)  # of a try that was given up
        forgotten = {other, *orphans(storage)}

        found = Look(storage=storage, now=timezone.now() + LATER).run()

        assert set(found.orphans) == forgotten
        assert (found.orphan_count, found.orphan_bytes) == (6, 30)
        assert (found.files, found.missing_count, found.removed_count) == (14, 0, 0)
        assert all(storage.exists(name) for name in (*forgotten, recorded, *previewed, chosen))

    def test_spares_what_is_young(self) -> None:
        orphans()

        soon = Look(storage=default_storage, now=timezone.now() + MIN_AGE / 2).run()

        assert (soon.orphan_count, soon.files) == (0, 5)

    def test_finds_documents_whose_file_is_gone(self) -> None:
        a_recording()
        lost = [a_recording(is_there=False), a_preview(is_there=False)[0]]

        found = Look(storage=default_storage, now=timezone.now()).run()

        assert (found.missing, found.documents) == (lost, 3)

    def test_says_that_it_had_no_time(self) -> None:
        orphans()

        found = Look(
            storage=default_storage, now=timezone.now() + LATER, deadline=time.monotonic()
        ).run()

        assert (found.is_complete, found.orphan_count) == (False, 0)


class TestCommand:
    def test_only_shows_unless_told(self, folder: Path) -> None:
        names, kept = orphans(), a_recording()
        grow_old(folder)

        shown, _ = run()
        assert all(f"orphan   {name}" in shown for name in names)
        assert shown.endswith(
            "8 files looked at, 5 that nobody names (25 bytes), none removed; 0 missing.\n"
        )
        assert all(default_storage.exists(name) for name in names)

        report = json.loads(run("--yes", "--json")[0])
        assert (report["removed_count"], report["orphan_count"]) == (5, 5)
        assert not any(default_storage.exists(name) for name in names)
        assert default_storage.exists(kept)
        assert "0 that nobody names" in run()[0]

    def test_ends_with_one_where_a_person_is_needed(self) -> None:
        lost = a_recording(is_there=False)

        with pytest.raises(SystemExit) as ended:
            run("--yes")

        assert ended.value.code == 1
        assert f"missing  {lost}" in OUT.getvalue()

    def test_tells_how_far_it_is_apart_from_what_it_found(self) -> None:
        a_recording()

        out, err = run("--json")

        assert json.loads(out)["documents"] == 1
        assert "looked at" in err


class TestReport:
    def test_is_seen_by_prometheus(self, folder: Path) -> None:
        orphans()
        a_recording(is_there=False)
        grow_old(folder)
        assert "showrunner_storage_orphans" not in scraped()

        tasks.look_at_storage()

        assert "showrunner_storage_orphans 5.0" in scraped()
        assert "showrunner_storage_orphan_bytes 25.0" in scraped()
        assert "showrunner_storage_missing 1.0" in scraped()
        assert default_storage.exists("previews/stray.jpg")


OUT = StringIO()


def run(*options: str) -> tuple[str, str]:
    """Run the command; return what it wrote to stdout and to stderr."""
    OUT.truncate(OUT.seek(0))
    err = StringIO()
    call_command("storage_janitor", *options, stdout=OUT, stderr=err)
    return OUT.getvalue(), err.getvalue()


def grow_old(folder: Path) -> None:
    then = time.time() - LATER.total_seconds()
    for path in folder.rglob("*"):
        os.utime(path, (then, then))


def scraped() -> str:
    return Client().get("/metrics").content.decode()
