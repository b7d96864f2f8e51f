"""Uploads over the API, as tus says they go; and what becomes of them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from apps.streams import public as streams
from apps.streams import tasks, wiring
from apps.streams.adapters.spool import FolderSpool
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.recordings import Recording
from apps.streams.documents.uploads import Upload
from apps.streams.errors import UploadBusy
from apps.streams.services import reconciling
from kit import locks
from kit.documents import utc_now
from tests.accounts.builders import Caller
from tests.streams.calls import problem, queued
from tests.streams.uploading import UPLOADS, add, ask, begin, metadata, path_of

pytestmark = pytest.mark.django_db

VIDEO = b"video" * 20
HALF = 50


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    settings.MEDIA_ROOT = str(tmp_path / "stored")
    settings.STREAMS_SPOOL = ("spool.FolderSpool", {"directory": str(tmp_path / "spool")})
    settings.STREAMS_INTAKE = ("memory.MemoryIntake", {})
    settings.STREAMS_UPLOAD_LIMITS = {"max_bytes": 1_000, "day_bytes": 1_500, "open_limit": 3}
    wiring.intake.cache_clear()
    queued()  # binds the queue again, which emptying Redis unbound
    yield tmp_path
    wiring.intake.cache_clear()


@pytest.fixture
def ada() -> Caller:
    return Caller("ada")


@pytest.fixture
def eve() -> Caller:
    return Caller("eve")


class TestServer:
    def test_says_what_it_can(self, ada: Caller) -> None:
        answer = ask(ada, "OPTIONS")

        assert (answer.status_code, answer["Tus-Version"], answer["Tus-Max-Size"]) == (
            204,
            "1.0.0",
            "1000",
        )
        for extension in ("creation", "termination", "expiration", "checksum"):
            assert extension in answer["Tus-Extension"].split(",")

    @pytest.mark.parametrize("method", ["POST", "HEAD", "PATCH", "DELETE"])
    def test_speaks_no_other_version(self, ada: Caller, method: str) -> None:
        path = UPLOADS if method == "POST" else path_of(begin(ada, 1))

        answer = ask(ada, method, path, headers={"Tus-Resumable": "0.2.2"})

        assert (answer.status_code, answer["Tus-Version"]) == (412, "1.0.0")

    def test_knows_who_asks(self, ada: Caller, eve: Caller) -> None:
        path = path_of(begin(ada, 100))

        for answer in (ask(eve, "GET", path), add(eve, path, 0, b"x"), ask(eve, "DELETE", path)):
            assert problem(answer) == (404, "recording-upload-not-found")
        assert ask(eve, "HEAD", path).status_code == 404
        assert eve.send("GET", "recordings/uploads").json() == {"items": [], "next": None}
        ada.token = "none"
        assert ask(ada, "POST", headers={"Upload-Length": "1"}).status_code == 401


class TestCreation:
    def test_tells_where_and_until_when(self, ada: Caller) -> None:
        answer = begin(ada, 100, title="A day", visibility="followers")

        assert (answer.status_code, answer["Tus-Resumable"]) == (201, "1.0.0")
        assert (answer["Upload-Offset"], answer["Upload-Expires"][-3:]) == ("0", "GMT")
        made = answer.json()
        assert answer["Location"] == f"http://testserver{UPLOADS}/{made['id']}"
        assert (made["state"], made["progress"], made["title"], made["visibility"]) == (
            "uploading",
            0,
            "A day",
            "followers",
        )

    def test_names_it_after_its_file_otherwise(self, ada: Caller) -> None:
        assert begin(ada, 100).json()["title"] == "day"

    def test_takes_the_first_piece_along(self, ada: Caller) -> None:
        answer = ask(ada, "POST", body=VIDEO[:HALF], headers={"Upload-Length": "100"})

        assert (answer.status_code, answer["Upload-Offset"]) == (201, "50")

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({}, 400),
            ({"Upload-Length": "-1"}, 400),
            ({"Upload-Length": "many"}, 400),
            ({"Upload-Length": "1" * 30}, 400),
            ({"Upload-Length": "1001"}, 413),
            ({"Upload-Length": "0"}, 422),
            ({"Upload-Length": "1", "Upload-Metadata": "title §"}, 400),
            ({"Upload-Length": "1", "Upload-Metadata": metadata(visibility="all")}, 422),
            ({"Upload-Length": "1", "Upload-Metadata": metadata(sha256="abc")}, 422),
        ],
    )
    def test_refuses_what_cannot_be(
        self, ada: Caller, headers: dict[str, str], status: int
    ) -> None:
        answer = ask(ada, "POST", headers=headers)

        assert answer.status_code == status, answer.content
        assert len(Upload.objects) == 0

    def test_ignores_what_a_client_adds_of_its_own(self, ada: Caller) -> None:
        headers = {"Upload-Length": "1", "Upload-Metadata": "is_confidential,filetype dmlkZW8="}

        assert ask(ada, "POST", headers=headers).status_code == 201


class TestQuota:
    def test_leaves_so_many_unfinished(self, ada: Caller, eve: Caller) -> None:
        paths = [path_of(begin(ada, 10)) for _ in range(3)]

        assert problem(begin(ada, 10)) == (409, "too-many-uploads")

        assert begin(eve, 10).status_code == 201
        ask(ada, "DELETE", paths[0])
        assert begin(ada, 10).status_code == 201

    def test_is_so_many_bytes_a_day(self, ada: Caller) -> None:
        begin(ada, 900)

        assert problem(begin(ada, 601)) == (409, "upload-quota-spent")

        assert begin(ada, 600).status_code == 201
        assert len(Upload.objects) == 2

    def test_forgives_what_never_came(self, ada: Caller) -> None:
        path = path_of(begin(ada, 900))
        add(ada, path, 0, b"x" * 100)

        ask(ada, "DELETE", path)

        assert begin(ada, 1_000).status_code == 201
        assert problem(begin(ada, 401)) == (409, "upload-quota-spent")


class TestPieces:
    def test_come_one_after_the_other(self, ada: Caller, folder: Path) -> None:
        path = path_of(begin(ada, len(VIDEO)))

        first = add(ada, path, 0, VIDEO[:HALF])
        asked = ask(ada, "HEAD", path)
        last = add(ada, path, HALF, VIDEO[HALF:])

        assert [answer.status_code for answer in (first, asked, last)] == [204, 200, 204]
        assert [answer["Upload-Offset"] for answer in (first, asked, last)] == ["50", "50", "100"]
        assert (asked["Upload-Length"], asked["Cache-Control"]) == ("100", "no-store")
        assert spooled(folder, path) == VIDEO
        assert queued() == [("streams.check_upload", {"upload_id": id_of(path)})]
        found = ada.send("GET", f"recordings/uploads/{id_of(path)}").json()
        assert (found["state"], found["progress"]) == ("checking", 100)

    def test_are_told_where_to_go_on(self, ada: Caller) -> None:
        path = path_of(begin(ada, len(VIDEO)))
        add(ada, path, 0, VIDEO[:HALF])

        answer = add(ada, path, 0, VIDEO[:HALF])

        assert problem(answer) == (409, "upload-offset-moved")
        assert answer.json()["offset"] == HALF

    def test_hold_no_more_than_was_said(self, ada: Caller) -> None:
        path = path_of(begin(ada, 10))

        assert problem(add(ada, path, 0, b"x" * 11)) == (413, "piece-too-long")
        told = {"Upload-Length": "10"}
        assert problem(ask(ada, "POST", body=b"x" * 11, headers=told)) == (413, "piece-too-long")
        assert [(row.id, row.received_bytes) for row in Upload.objects] == [(id_of(path), 0)]

    def test_are_not_read_where_they_cannot_be_taken(self, ada: Caller, eve: Caller) -> None:
        path, over = path_of(begin(ada, 10)), path_of(begin(ada, 10))
        ask(ada, "DELETE", over)
        wrong = {"Upload-Checksum": "sha1 AAAA"}  # told by 460, once it was read

        refused = add(ada, path, 1, b"x", **wrong), add(ada, over, 0, b"x", **wrong)
        strangers = add(eve, path, 0, b"x", **wrong)

        assert [one.status_code for one in (*refused, strangers)] == [409, 409, 404]

    def test_are_of_their_own_type(self, ada: Caller) -> None:
        path = path_of(begin(ada, 10))

        answer = ada.client.patch(
            path,
            b"x",
            content_type="application/octet-stream",
            headers={"Authorization": f"Bearer {ada.token}", "Tus-Resumable": "1.0.0"},
        )

        assert answer.status_code == 400  # no offset
        answer = ask(ada, "PATCH", path, headers={"Upload-Offset": "0"})
        assert answer.status_code == 415

    def test_come_no_more_once_it_is_over(self, ada: Caller) -> None:
        path = path_of(begin(ada, len(VIDEO)))
        add(ada, path, 0, VIDEO)

        assert problem(add(ada, path, len(VIDEO), b"x")) == (409, "recording-upload-over")
        assert problem(ask(ada, "DELETE", path)) == (409, "recording-upload-over")

    @pytest.mark.parametrize("name", ["sha1", "sha256"])
    def test_with_a_checksum_are_kept_whole_or_not_at_all(self, ada: Caller, name: str) -> None:
        path = path_of(begin(ada, len(VIDEO)))
        digest = base64.b64encode(hashlib.new(name, VIDEO[:HALF]).digest()).decode()
        told = {"Upload-Checksum": f"{name} {digest}"}

        wrong = add(ada, path, 0, VIDEO[HALF:-1], **told)
        offset = ask(ada, "HEAD", path)["Upload-Offset"]
        right = add(ada, path, 0, VIDEO[:HALF], **told)

        assert (wrong.status_code, offset) == (460, "0")
        assert (right.status_code, right["Upload-Offset"]) == (204, "50")
        assert add(ada, path, HALF, b"x", **{"Upload-Checksum": "crc32 AAAA"}).status_code == 400

    def test_that_were_all_there_when_the_web_was_killed_are_noticed(
        self, ada: Caller, folder: Path
    ) -> None:
        path = path_of(begin(ada, len(VIDEO)))
        FolderSpool(str(folder / "spool")).append(
            id_of(path), offset=0, blocks=[VIDEO], most=len(VIDEO)
        )

        answer = ask(ada, "HEAD", path)

        assert answer["Upload-Offset"] == "100"
        assert [name for name, _ in queued()] == ["streams.check_upload"]


class TestOutcome:
    def test_is_a_recording_like_any_other(self, ada: Caller, eve: Caller, folder: Path) -> None:
        upload_id = sent(ada, VIDEO, title="A day")

        tasks.check_upload(upload_id=upload_id)

        found = ada.send("GET", f"recordings/uploads/{upload_id}").json()
        recording = Recording.objects.get(id=found["recording_id"])
        assert (found["state"], recording.state, recording.title) == ("stored", "stored", "A day")
        assert (folder / "stored" / recording.storage_name).read_bytes() == VIDEO
        assert [event["key"] for event in recording.outbox] == ["recording.stored"]
        playback = eve.send("GET", f"broadcasts/{recording.broadcast_id}/playback").json()
        assert body_of(eve.client.get(playback["url"])) == VIDEO
        assert [card["title"] for card in eve.send("GET", "home").json()["recent"]] == ["A day"]

    def test_is_one_however_often_it_is_checked(self, ada: Caller) -> None:
        upload_id = sent(ada, VIDEO)
        tasks.check_upload(upload_id=upload_id)
        # as a worker leaves it that was killed after its last write but one
        Upload.objects(id=upload_id).update(set__state="checking")

        for _ in range(2):
            tasks.check_upload(upload_id=upload_id)

        assert (len(Recording.objects), len(Broadcast.objects)) == (1, 1)
        assert Upload.objects.get(id=upload_id).state == "stored"

    def test_has_sound_and_is_published_though_its_task_was_lost(self, ada: Caller) -> None:
        tasks.check_upload(upload_id=sent(ada, VIDEO))
        recording = Recording.objects.get()

        due = reconciling.claim_due(now=utc_now() + timedelta(minutes=3))

        assert (recording.has_audio, recording.state_since) == (True, recording.stored_at)
        assert [(work.work, work.subject_id) for work in due] == [("publish", recording.id)]

    def test_is_worked_on_by_one_at_a_time(self, ada: Caller) -> None:
        upload_id = sent(ada, VIDEO)

        with locks.held(f"upload:{upload_id}"), pytest.raises(UploadBusy):
            tasks.check_upload(upload_id=upload_id)

    @pytest.mark.parametrize(
        ("content", "facts", "code"),
        [
            (b"this is not video at all", {}, "upload-not-a-video"),
            (VIDEO, {"sha256": "0" * 64}, "checksum-wrong"),
        ],
    )
    def test_is_a_reason_where_it_cannot_be(
        self, ada: Caller, content: bytes, facts: dict[str, str], code: str
    ) -> None:
        upload_id = sent(ada, content, **facts)

        tasks.check_upload(upload_id=upload_id)

        found = ada.send("GET", f"recordings/uploads/{upload_id}").json()
        assert (found["state"], found["code"], bool(found["error"])) == ("failed", code, True)
        assert (len(Recording.objects), len(Broadcast.objects)) == (0, 0)

    def test_is_what_its_checksum_says(self, ada: Caller) -> None:
        upload_id = sent(ada, VIDEO, sha256=hashlib.sha256(VIDEO).hexdigest())

        tasks.check_upload(upload_id=upload_id)

        assert Upload.objects.get(id=upload_id).state == "stored"

    def test_keeps_who_may_see_it(self, ada: Caller, eve: Caller) -> None:
        upload_id = sent(ada, VIDEO, visibility="private")
        tasks.check_upload(upload_id=upload_id)

        answers = [
            caller.send("GET", f"broadcasts/{upload_id}/recording") for caller in (ada, eve)
        ]

        assert [answer.status_code for answer in answers] == [200, 404]


class TestTidying:
    def test_gives_up_what_is_idle_and_clears_what_is_over(
        self, ada: Caller, folder: Path
    ) -> None:
        idle, fresh, cancelled = (path_of(begin(ada, 100)) for _ in range(3))
        for path in (idle, fresh, cancelled):
            add(ada, path, 0, VIDEO[:HALF])
        ask(ada, "DELETE", cancelled)
        Upload.objects(id=id_of(idle)).update(set__expires_at=utc_now() - timedelta(seconds=1))

        tasks.tidy_uploads()

        assert [path.name for path in (folder / "spool").iterdir()] == [id_of(fresh)]
        assert ask(ada, "HEAD", idle).status_code == 404
        assert add(ada, fresh, HALF, VIDEO[HALF:]).status_code == 204
        assert streams.tidy_uploads() == 0

    def test_clears_what_was_stored(self, ada: Caller, folder: Path) -> None:
        tasks.check_upload(upload_id=sent(ada, VIDEO))

        tasks.tidy_uploads()

        assert list((folder / "spool").iterdir()) == []

    def test_drives_a_check_again_that_was_lost(self, ada: Caller) -> None:
        upload_id = sent(ada, VIDEO)
        queued()

        tasks.tidy_uploads()
        assert queued() == []
        Upload.objects(id=upload_id).update(set__complete_at=utc_now() - timedelta(hours=1))
        tasks.tidy_uploads()

        assert queued() == [("streams.check_upload", {"upload_id": upload_id})]


class TestList:
    def test_pages_ones_own_newest_first(self, ada: Caller) -> None:
        made = [id_of(path_of(begin(ada, 10))) for _ in range(3)]

        first = ada.send("GET", "recordings/uploads?limit=2").json()
        rest = ada.send("GET", f"recordings/uploads?limit=2&cursor={first['next']}").json()

        assert [row["id"] for row in (*first["items"], *rest["items"])] == made[::-1]
        assert rest["next"] is None


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def id_of(path: str) -> str:
    return path.rpartition("/")[2]


def sent(caller: Caller, content: bytes, **facts: str) -> str:
    """Upload something whole; return the upload's id."""
    path = path_of(begin(caller, len(content), **facts))
    assert add(caller, path, 0, content).status_code == 204
    return id_of(path)


def spooled(folder: Path, path: str) -> bytes:
    return (folder / "spool" / id_of(path)).read_bytes()
