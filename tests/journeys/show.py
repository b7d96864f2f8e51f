"""A creator on air: a phone whose encoder comes back by itself, and what a player sees of it."""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx

from clients.demo import encoder
from clients.demo.clips import big_buck_bunny
from tests.journeys.stage import Stage
from tests.services import wait_until

RETRY_S: Final = 0.5  # as encoder apps do
SEGMENT: Final = re.compile(r"^(?!#)(\S+)$", re.MULTILINE)
ON_AIR_S: Final = 30.0
STORED_S: Final = 180.0  # through an outage of a minute and the pauses after it


class Encoder:
    """Publishes with one key; whatever cuts it, it comes back until it is switched off."""

    def __init__(self, stage: Stage, ingest: dict[str, str], name: str) -> None:
        self._stage, self._ingest, self._name = stage, ingest, name
        self._off = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._publish, daemon=True)
        self.tries = 0

    def switch_on(self) -> Encoder:
        self._thread.start()
        return self

    def switch_off(self) -> None:
        """End it without a goodbye, as a battery does."""
        self._off.set()
        if self._process is not None:
            self._process.kill()
        self._thread.join()

    def freeze(self) -> None:
        """Fall silent without closing anything, as a phone does that lost its network."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def _publish(self) -> None:
        log = self._stage.home / "logs" / f"encoder-{self._name}.log"
        while not self._off.is_set():
            self.tries += 1
            self._process = encoder.publish(
                big_buck_bunny(), self._ingest["url"], self._ingest["key"], log=log
            )
            if self._off.is_set():  # switched off while it started
                self._process.kill()
            self._process.wait()
            self._off.wait(RETRY_S)


class Show:
    """One broadcast from its creator's and a viewer's side."""

    def __init__(self, stage: Stage, name: str, **wanted: object) -> None:
        self.stage, self.name = stage, name
        self.phone = stage.sign_in()
        made = self.phone.post("broadcasts", json={"title": name, **wanted})
        made.raise_for_status()
        body = made.json()
        self.id: str = body["broadcast"]["id"]
        self.ingest: dict[str, str] = body["ingest"]
        self.encoders: list[Encoder] = []
        self.on_air_s = 0.0

    def encode(self, ingest: dict[str, str] | None = None) -> Encoder:
        name = f"{self.name}-{len(self.encoders) + 1}"
        self.encoders.append(Encoder(self.stage, ingest or self.ingest, name).switch_on())
        return self.encoders[-1]

    def switch_off(self) -> None:
        for one in self.encoders:
            one.switch_off()

    def close(self) -> None:
        self.switch_off()
        self.phone.close()

    def state(self) -> str:
        try:
            answer = self.phone.get(f"broadcasts/{self.id}")
        except httpx.HTTPError:
            return "unknown"
        return str(answer.json()["state"]) if answer.is_success else "unknown"

    def reaches(self, state: str, within_s: float = ON_AIR_S) -> None:
        came = wait_until(lambda: self.state() == state, within_s=within_s)
        assert came, f"{self.name} is {self.state()}, not {state}"

    def segments(self) -> list[str]:
        """Return what a player finds listed now, or nothing where nothing answers."""
        try:
            playback = self.phone.get(f"broadcasts/{self.id}/playback")
            if not playback.is_success:
                return []
            url = playback.json()["url"]
            listed = httpx.get(url, timeout=5)
        except httpx.HTTPError:
            return []
        return SEGMENT.findall(listed.text) if listed.is_success else []

    def goes_on(self, within_s: float = ON_AIR_S) -> None:
        """Wait until two more segments play."""
        before = set(self.segments())
        more = wait_until(lambda: len(set(self.segments()) - before) >= 2, within_s=within_s)
        assert more, f"{self.name} does not go on: {self.state()}, {self.segments()}"

    def end(self) -> None:
        self.phone.post(f"broadcasts/{self.id}/end").raise_for_status()
        self.switch_off()

    def recording(self, within_s: float = STORED_S) -> dict[str, Any]:
        """Wait for what was recorded; return it as its creator sees it."""
        path, found = f"broadcasts/{self.id}/recording", dict[str, Any]()

        def is_stored() -> bool:
            try:
                answer = self.phone.get(path)
            except httpx.HTTPError:
                return False
            found.update(answer.json())
            return answer.is_success and found["state"] in {"stored", "published", "failed"}

        came = wait_until(is_stored, within_s=within_s)
        assert came, f"{self.name}: no recording, {found}"
        assert found["state"] != "failed", found
        return found


@contextmanager
def on_air(stage: Stage, name: str, **wanted: object) -> Iterator[Show]:
    """Yield a show that plays; its encoders are off afterwards."""
    show = Show(stage, name, **wanted)
    try:
        show.encode()
        show.reaches("live")
        show.goes_on()
        yield show
    finally:
        show.switch_off()
