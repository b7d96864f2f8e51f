"""A phone-sized Chromium (Debian's) that drives the reference client against the real stack."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from tests.accounts.builders import PASSWORD, a_person

PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
ARGUMENTS: Final = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
PATIENCE_MS: Final = 10_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser a module: Playwright's event loop must not outlive it.

    While it runs, Django takes this thread for an asynchronous one and refuses its ORM.
    """
    binary = shutil.which("chromium")
    assert binary, "Chromium is not installed: `apt-get install chromium` as root."
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=binary, args=ARGUMENTS)
        yield launched
        launched.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Phone:
    """One person's phone with the app open; what the console complained of is kept."""

    def __init__(self, context: BrowserContext, person: str, address: str, shots: Path) -> None:
        self.context = context
        self.person = person
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self._address = address
        self._shots = shots
        self.page.goto(address)

    def log_in(self, name: str = "bob", password: str = PASSWORD) -> None:
        self.page.get_by_label("E-mail").fill(f"{name}@example.org")
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()

    def keep_picture(self, name: str) -> None:
        """Leave a screenshot in build/browser for people to look at."""
        self._shots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self._shots / f"{name}.png")

    def card(self, title: str) -> Any:
        return self.page.get_by_role("button", name=re.compile(re.escape(title)))

    def wait_playing(self, selector: str) -> dict[str, Any]:
        """Wait until a video shows moving pictures; return how it plays."""
        self.page.wait_for_function(
            """selector => {
                const video = document.querySelector(selector);
                return video && !video.paused && video.videoWidth > 0 && video.currentTime > 0.4;
            }""",
            arg=selector,
        )
        told: dict[str, Any] = self.page.eval_on_selector(
            selector, "({muted, loop, videoWidth}) => ({muted, loop, videoWidth})"
        )
        return told

    def _hear(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


@contextmanager
def _opened(browser: Browser, address: str, **wishes: Any) -> Iterator[Phone]:
    person = a_person("bob")
    shots = Path(settings.BASE_DIR) / "build" / "browser"
    context = browser.new_context(viewport=PHONE, device_scale_factor=2, has_touch=True, **wishes)
    yield Phone(context, person, address, shots)
    context.close()


@pytest.fixture
def phone(browser: Browser, live_server: Any) -> Iterator[Phone]:
    """Bob's phone, before he logged in."""
    with _opened(browser, live_server.url) as opened:
        yield opened


@pytest.fixture
def calm_phone(browser: Browser, live_server: Any) -> Iterator[Phone]:
    """Bob's phone after he asked it for less motion."""
    with _opened(browser, live_server.url, reduced_motion="reduce") as opened:
        yield opened
