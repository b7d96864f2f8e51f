from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import requests.auth

from sandbox import client
from sandbox.serving import Options
from sandbox.threaded import StandIns, serving
from sandbox.wowza.requests import APPS, SERVER_PATH
from tests.sandbox import plain
from tests.sandbox.people import last

USES = ("wowza_url",)


JSON = {"accept": "application/json; charset=utf-8"}
LIVE = f"{APPS}/live"
INSTANCE = f"{LIVE}/instances/_definst_"
STREAM = f"{INSTANCE}/incomingstreams/b-1"
RECORDER = f"{INSTANCE}/streamrecorders/b-1"
NEW_APP = {
    "name": "shows",
    "appType": "Live",
    "clientStreamReadAccess": "*",
    "clientStreamWriteAccess": "*",
    "streamConfig": {"streamType": "live"},
}


@pytest.fixture
def engine(stand_ins: StandIns) -> Iterator[httpx.Client]:
    login = httpx.DigestAuth(
        stand_ins.credentials.wowza_user, stand_ins.credentials.wowza_password
    )
    with plain.Client(base_url=stand_ins.wowza_url, auth=login, headers=JSON) as opened:
        yield opened


class TestLogin:
    def test_challenges_a_stranger(self, stand_ins: StandIns) -> None:
        answer = plain.get(f"{stand_ins.wowza_url}{APPS}", headers=JSON)

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith('Digest realm="Wowza"')
        assert answer.json() == {
            "message": "The request requires user authentication",
            "success": False,
            "code": "401",
            "wowzaServer": "4.9.6",
        }

    def test_lets_requests_in(self, stand_ins: StandIns) -> None:
        account = stand_ins.credentials
        login = requests.auth.HTTPDigestAuth(account.wowza_user, account.wowza_password)

        with requests.Session() as session:
            url = f"{stand_ins.wowza_url}{SERVER_PATH}/status"
            answer = session.get(url, auth=login, headers=JSON, timeout=10)

        assert answer.json()["restAPIAvailable"] is True

    def test_refuses_a_wrong_password(self, stand_ins: StandIns) -> None:
        login = httpx.DigestAuth(stand_ins.credentials.wowza_user, "guess")

        answer = plain.get(f"{stand_ins.wowza_url}{APPS}", auth=login, headers=JSON)

        assert answer.status_code == 401

    def test_refuses_an_answer_that_was_overheard(
        self, stand_ins: StandIns, engine: httpx.Client
    ) -> None:
        heard = engine.get(APPS).request.headers["authorization"]

        answer = plain.get(
            f"{stand_ins.wowza_url}{APPS}", headers={**JSON, "authorization": heard}
        )

        assert answer.status_code == 401

    def test_takes_basic_where_that_is_configured(self, tmp_path: Path) -> None:
        with serving(Options(directory=tmp_path, wowza_login=("basic",))) as other:
            account = other.credentials
            right = (account.wowza_user, account.wowza_password)

            answers = [
                plain.get(f"{other.wowza_url}{APPS}", auth=auth, headers=JSON)
                for auth in (right, (account.wowza_user, "guess"))
            ]

        assert [answer.status_code for answer in answers] == [200, 401]


class TestApplications:
    def test_are_created_read_updated_listed_and_deleted(self, engine: httpx.Client) -> None:
        created = engine.post(APPS, json=NEW_APP)
        updated = engine.put(f"{APPS}/shows", json={"description": "All shows"})
        read = engine.get(f"{APPS}/shows").json()
        listed = engine.get(APPS).json()["applications"]
        deleted = engine.delete(f"{APPS}/shows")

        assert (created.status_code, created.json()) == (
            201,
            done("Application (shows) created successfully."),
        )
        assert (updated.status_code, updated.json()) == (200, done("Saved"))
        assert (read["description"], read["streamConfig"]) == (
            "All shows",
            {"streamType": "live"},
        )
        assert [app["id"] for app in listed] == ["live", "shows", "vod"]
        assert deleted.json() == done("Application (shows) deleted successfully")
        assert engine.get(f"{APPS}/shows").status_code == 404

    def test_exist_once(self, engine: httpx.Client) -> None:
        engine.post(APPS, json=NEW_APP)

        answer = engine.post(f"{APPS}/shows", json=NEW_APP)

        assert (answer.status_code, answer.json()["code"]) == (409, "409")

    @pytest.mark.parametrize(
        "body", [{}, {"name": ""}, {"name": "a", "appTyp": "Live"}, [], {"name": 7}]
    )
    def test_need_a_right_body(self, engine: httpx.Client, body: object) -> None:
        answer = engine.post(APPS, json=body)

        assert (answer.status_code, answer.json()["success"]) == (400, False)

    @pytest.mark.parametrize(
        ("method", "path", "headers", "status"),
        [
            ("GET", f"{APPS}/none", {}, 404),
            ("GET", f"{LIVE}/incomingstreams", {}, 404),
            ("PATCH", LIVE, {}, 405),
            ("GET", APPS, {"accept": "application/xml"}, 406),
            ("PUT", LIVE, {"content-type": "text/xml"}, 415),
            ("GET", f"{APPS}?filter=x", {}, 400),
        ],
    )
    def test_refuse_in_the_engines_envelope(
        self,
        engine: httpx.Client,
        method: str,
        path: str,
        headers: dict[str, str],
        status: int,
    ) -> None:
        answer = engine.request(method, path, headers=headers)

        body = answer.json()
        assert (answer.status_code, body["code"]) == (status, str(status))
        assert (body["success"], body["wowzaServer"]) == (False, "4.9.6")


class TestStreams:
    def test_come_and_go(self, stand_ins: StandIns, engine: httpx.Client) -> None:
        client.tell(stand_ins.wowza_url, "streams", {"app": "live", "name": "b-1"})
        while_on = engine.get(INSTANCE).json()["incomingStreams"]
        client.undo(stand_ins.wowza_url, "streams", app="live", name="b-1")
        afterwards = engine.get(INSTANCE).json()["incomingStreams"]

        assert [(stream["name"], stream["isConnected"]) for stream in while_on] == [("b-1", True)]
        assert afterwards == []

    def test_are_cut_by_disconnect(self, stand_ins: StandIns, engine: httpx.Client) -> None:
        client.tell(stand_ins.wowza_url, "streams", {"name": "b-1"})

        cut = engine.put(f"{STREAM}/actions/disconnectStream")

        kept = last(client.ledger(stand_ins.wowza_url), "engine")
        assert cut.status_code == 200
        assert (kept["action"], kept["app"], kept["stream"]) == ("disconnect", "live", "b-1")
        assert engine.get(STREAM).status_code == 404

    def test_have_statistics(self, stand_ins: StandIns, engine: httpx.Client) -> None:
        client.tell(stand_ins.wowza_url, "streams", {"name": "b-1"})

        one = engine.get(f"{STREAM}/monitoring/current").json()
        every = engine.get(f"{LIVE}/monitoring/current").json()

        assert (one["name"], one["connectionCount"]["CUPERTINO"]) == ("b-1", 0)
        assert "DVRCHUNKS" in every["connectionCount"]

    def test_are_not_invented(self, engine: httpx.Client) -> None:
        answers = [
            engine.get(STREAM),
            engine.get(f"{STREAM}/monitoring/current"),
            engine.put(f"{STREAM}/actions/disconnectStream"),
        ]

        assert [answer.status_code for answer in answers] == [404, 404, 404]


class TestRecorders:
    def test_record_split_and_stop(self, stand_ins: StandIns, engine: httpx.Client) -> None:
        client.tell(stand_ins.wowza_url, "streams", {"name": "b-1"})
        created = engine.post(RECORDER, json=a_recorder())
        first = engine.get(RECORDER).json()
        engine.put(f"{RECORDER}/actions/splitRecording")
        second = engine.get(f"{INSTANCE}/streamrecorders").json()["streamrecorder"][0]
        stopped = engine.put(f"{RECORDER}/actions/stopRecording")

        assert (created.status_code, stopped.status_code) == (201, 200)
        assert first["recorderState"] == "Recording in Progress"
        assert first["currentFile"] != second["currentFile"]
        assert engine.get(RECORDER).status_code == 404

    def test_wait_for_a_stream(self, engine: httpx.Client) -> None:
        engine.post(f"{INSTANCE}/streamrecorders", json=a_recorder())

        assert engine.get(RECORDER).json()["recorderState"] == "Waiting for stream"

    def test_exist_once(self, engine: httpx.Client) -> None:
        answers = [engine.post(RECORDER, json=a_recorder()) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [201, 409]

    def test_refuse_another_name_than_their_streams(self, engine: httpx.Client) -> None:
        answer = engine.post(RECORDER, json=a_recorder(recorderName="b-2"))

        assert answer.status_code == 400


def a_recorder(**changed: Any) -> dict[str, Any]:
    return {"recorderName": "b-1", "instanceName": "_definst_", "fileFormat": "MP4", **changed}


def done(message: str) -> dict[str, Any]:
    return {"success": True, "message": message, "data": None}
