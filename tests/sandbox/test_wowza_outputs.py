"""What the Wowza stand-in does beyond answering: refuses encoders, records, pushes, calls."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any

import httpx
import pytest
from typing_extensions import override

from sandbox import client
from sandbox.threaded import StandIns
from sandbox.wowza.hooks import fits
from sandbox.wowza.requests import APPS, SERVER_PATH
from tests.sandbox import plain

USES = ("wowza_url",)

JSON = {"accept": "application/json; charset=utf-8"}
LIVE = f"{APPS}/live"
INSTANCE = f"{LIVE}/instances/_definst_"
ENTRIES = f"{LIVE}/pushpublish/mapentries"
HOOKS = f"{SERVER_PATH}/webhooks"
PATH = "vHost._defaultVHost_.app.live.appInstance._definst_.stream.x.state.started"


@pytest.fixture
def engine(stand_ins: StandIns) -> Iterator[httpx.Client]:
    account = stand_ins.credentials
    login = httpx.DigestAuth(account.wowza_user, account.wowza_password)
    with plain.Client(base_url=stand_ins.wowza_url, auth=login, headers=JSON) as opened:
        yield opened


class TestAnEncoder:
    def test_needs_the_login_of_a_publisher_where_that_is_asked_for(
        self, stand_ins: StandIns, engine: httpx.Client
    ) -> None:
        engine.put(f"{LIVE}/security", json={"publishRequirePassword": True})
        engine.post(f"{SERVER_PATH}/publishers", json={"name": "ada", "password": "p"})

        refused = publish(stand_ins, "b-1", user="ada", password="guess")
        let_in = publish(stand_ins, "b-1", user="ada", password="p")

        assert (refused, let_in) == (409, 204)

    @pytest.mark.parametrize(("rule", "status"), [("blocked", 409), ("allowed", 204)])
    def test_shares_no_name_where_that_is_blocked(
        self, stand_ins: StandIns, engine: httpx.Client, rule: str, status: int
    ) -> None:
        security = {"publishBlockDuplicateStreamNames": rule == "blocked"}
        engine.put(f"{LIVE}/security", json=security)

        assert [publish(stand_ins, "b-1") for _ in range(2)] == [204, status]

    def test_that_lost_its_network_brings_no_more_bytes(
        self, stand_ins: StandIns, engine: httpx.Client
    ) -> None:
        publish(stand_ins, "b-1")
        client.tell(stand_ins.wowza_url, "stalls", {"name": "b-1"})
        path = f"{INSTANCE}/incomingstreams/b-1/monitoring/current"

        looks = [engine.get(path).json() for _ in range(2)]

        assert looks[0]["bytesIn"] == looks[1]["bytesIn"] > 0
        assert looks[0]["bytesInRate"] == 0


class TestARecorder:
    def test_leaves_a_file_for_each_part_under_its_base_name(
        self, stand_ins: StandIns, engine: httpx.Client
    ) -> None:
        publish(stand_ins, "b-2")
        recorder = f"{INSTANCE}/streamrecorders/b-2"
        engine.post(recorder, json={"recorderName": "b-2", "baseFile": "show.mp4"})

        engine.put(f"{recorder}/actions/splitRecording")
        engine.put(f"{recorder}/actions/stopRecording")

        found = sorted((stand_ins.credentials.directory / "wowza" / "live").glob("show_*.mp4"))
        assert [path.stem.rpartition("_")[2] for path in found] == ["0", "1"]


class TestATarget:
    def test_says_how_its_service_does(self, stand_ins: StandIns, engine: httpx.Client) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            up, down = listening.getsockname()[1], 9
            for port in (up, down):
                engine.post(ENTRIES, json=an_entry(f"to-{port}", port))
            waiting = statuses(engine)
            publish(stand_ins, "b-1")

            running = statuses(engine)

        assert set(waiting.values()) == {"Waiting for stream"}
        assert running == {f"to-{up}": "Active", f"to-{down}": "Error"}

    @pytest.mark.parametrize("missing", ["host", "streamName", "profile", "sourceStreamName"])
    def test_needs_all_that_an_encoder_would(self, engine: httpx.Client, missing: str) -> None:
        answer = engine.post(ENTRIES, json={**an_entry("x", 9), missing: ""})

        assert answer.status_code == 400


class TestAWebhook:
    def test_is_sent_with_its_headers_until_it_is_taken(
        self, stand_ins: StandIns, engine: httpx.Client
    ) -> None:
        with a_listener(refuses=2) as (url, heard):
            set_hook(engine, url)
            publish(stand_ins, "b-1")

            calls = [heard.get(timeout=10) for _ in range(3)]

        keys, bodies = {call[0] for call in calls}, [call[1] for call in calls]
        assert keys == {"s3cret"}
        assert {body["id"] for body in bodies} == {bodies[0]["id"]}
        assert (bodies[0]["name"], bodies[0]["context"]["stream"]) == ("stream.started", "b-1")

    def test_does_not_exist_before_4_9_6(self, stand_ins: StandIns, engine: httpx.Client) -> None:
        client.tell(stand_ins.wowza_url, "server", {"version": "4.8.5"})

        answer = engine.get(HOOKS)

        assert (answer.status_code, answer.json()["wowzaServer"]) == (404, "4.8.5")

    @pytest.mark.parametrize(
        "criteria",
        [PATH, "vHost._defaultVHost_.>", "vHost.*.app.live.appInstance.*.stream.*.state.*"],
    )
    def test_goes_where_its_filter_fits(self, criteria: str) -> None:
        assert fits(criteria, PATH)

    @pytest.mark.parametrize("criteria", ["vHost.*.app.vod.>", "vHost.*.app.*", f"{PATH}.>"])
    def test_goes_nowhere_else(self, criteria: str) -> None:
        assert not fits(criteria, PATH)


def publish(stand_ins: StandIns, name: str, **login: str) -> int:
    try:
        client.tell(stand_ins.wowza_url, "streams", {"name": name, **login})
    except httpx.HTTPStatusError as refused:
        return refused.response.status_code
    return 204


def an_entry(name: str, port: int) -> dict[str, Any]:
    return {
        "entryName": name,
        "profile": "rtmp",
        "sourceStreamName": "b-1",
        "host": "127.0.0.1",
        "port": port,
        "application": "app",
        "streamName": "k",
        "enabled": True,
    }


def statuses(engine: httpx.Client) -> dict[str, str]:
    listed = engine.get(ENTRIES).json()["mapEntries"]
    return {entry["entryName"]: entry["sessionStatus"] for entry in listed}


def set_hook(engine: httpx.Client, url: str) -> None:
    headers = [{"name": "X-Key", "value": "s3cret"}]
    engine.post(f"{HOOKS}/targets", json={"id": "t", "url": url, "headers": headers})
    told = {"id": "f", "criteria": "vHost.*.app.live.>", "targetRef": "t", "enabled": True}
    pace = {"maxRetryAttempts": 5, "retryDelay": 10, "retryDelayUnit": "MILLISECONDS"}
    engine.post(f"{HOOKS}/filters", json={**told, **pace})


@contextmanager
def a_listener(*, refuses: int) -> Iterator[tuple[str, Queue[tuple[str, Any]]]]:
    """Hear webhooks; the first ones are answered 503."""
    heard: Queue[tuple[str, Any]] = Queue()
    left = iter(range(refuses))

    class Hear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(503 if next(left, None) is not None else 200)
            self.send_header("content-length", "0")
            self.end_headers()
            heard.put((self.headers["x-key"], body))

        @override
        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Hear) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", heard
        finally:
            server.shutdown()
            thread.join()
