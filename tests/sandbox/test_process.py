from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

import sandbox
from sandbox import client
from sandbox.credentials import Ports, ensure_credentials

pytestmark = pytest.mark.waits

START_S = 30
MAX_RSS = 80 * 2**20


class TestProcess:
    def test_starts_announces_itself_and_stops_on_sigterm(self, tmp_path: Path) -> None:
        with a_process(tmp_path) as process:
            card = wait_for_card(process, tmp_path)
            healthy = [client.is_healthy(card[f"{name}_url"]) for name in NAMES]
            rss = psutil.Process(process.pid).memory_info().rss
            process.send_signal(signal.SIGTERM)
            code = process.wait(timeout=10)

        assert healthy == [True] * 4
        assert rss < MAX_RSS
        assert code == 0
        assert not (tmp_path / "sandbox.json").exists()

    def test_stops_while_clients_stay_connected(self, tmp_path: Path) -> None:
        with a_process(tmp_path) as process:
            card = wait_for_card(process, tmp_path)
            url = card["apns_url"]
            with httpx.Client(http2=True, verify=client.trust(url), trust_env=False) as idle:
                idle.get(f"{url}/_sandbox/health")
                process.send_signal(signal.SIGTERM)
                said, _ = process.communicate(timeout=10)

        assert process.returncode == 0
        assert "Traceback" not in said

    def test_says_which_port_is_taken(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]

            with a_process(tmp_path, "--apns-port", str(port)) as process:
                said, _ = process.communicate(timeout=START_S)

        assert process.returncode == 1
        assert f"127.0.0.1:{port}" in said

    def test_remembers_videos_and_grants_when_it_comes_back(self, tmp_path: Path) -> None:
        video = {
            "id": "abcdefghijk",
            "account": "ana@x.org",
            "resource": {},
            "size": 1,
            "sha256": "",
            "published_at": "2026-01-01T00:00:00Z",
            "duration": "PT1S",
        }
        (tmp_path / "youtube").mkdir()
        (tmp_path / "youtube" / "abcdefghijk.json").write_text(json.dumps(video))
        grants = {"1//0x": {"account": "ana@x.org", "client_id": "c", "scopes": ["s"]}}
        (tmp_path / "google-grants.json").write_text(json.dumps(grants))

        with sandbox.serve(tmp_path) as stand_ins:
            videos = client.look(stand_ins.google_url, "videos")

        assert [found["id"] for found in videos] == ["abcdefghijk"]


class TestEnsureCredentials:
    def test_keeps_keys_and_follows_the_port(self, tmp_path: Path) -> None:
        first = ensure_credentials(tmp_path, Ports(google=4001))
        before = snapshot(tmp_path)

        second = ensure_credentials(tmp_path, Ports(google=4002))

        account = json.loads(second.fcm_service_account_file.read_text())
        assert first == second
        assert account["token_uri"] == "http://127.0.0.1:4002/token"
        assert changed(before, snapshot(tmp_path)) == {
            "fcm-service-account.json",
            "google-client.json",
        }
        assert (
            json.loads(before["fcm-service-account.json"])["private_key"]
            == (account["private_key"])
        )

    def test_makes_again_what_was_lost(self, tmp_path: Path) -> None:
        credentials = ensure_credentials(tmp_path, Ports())
        before = snapshot(tmp_path)
        credentials.server_key_file.unlink()

        ensure_credentials(tmp_path, Ports())

        assert changed(before, snapshot(tmp_path)) == {"ca.pem", "server.pem", "server-key.pem"}

    def test_lets_nobody_else_read_the_keys(self, tmp_path: Path) -> None:
        ensure_credentials(tmp_path, Ports())

        modes = {file.stat().st_mode & 0o777 for file in tmp_path.iterdir() if file.is_file()}

        assert modes == {0o600}


NAMES = ("google", "fcm", "apns", "wowza")


@contextmanager
def a_process(directory: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "sandbox", "--dir", str(directory), *options]
    process = subprocess.Popen(  # noqa: S603 - our own module
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_card(process: subprocess.Popen[str], directory: Path) -> dict[str, str]:
    """sandbox.json appears once every listener accepts."""
    card = directory / "sandbox.json"
    end = time.monotonic() + START_S
    while not card.exists():
        if process.poll() is not None or time.monotonic() > end:
            pytest.fail(f"the sandbox did not start, exit code {process.returncode}")
        time.sleep(0.02)
    read: dict[str, str] = json.loads(card.read_text())
    return read


def snapshot(directory: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in directory.iterdir() if file.is_file()}


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {name for name in before | after if before.get(name) != after.get(name)}
