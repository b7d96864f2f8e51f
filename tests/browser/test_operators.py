"""The operators' desks in Chromium, as wide as a screen and as narrow as a phone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, ViewportSize

from apps.streams.documents.uploads import Upload
from apps.streams.rules.uploads import STATES
from kit.broker import connection
from kit.letters import Code
from tests.accounts.builders import PASSWORD, a_person, a_staff_member
from tests.browser.conftest import PATIENCE_MS, PHONE
from tests.streams.builders import an_upload
from tests.workers.letters import WHY, a_row
from workers.ledger import public as ledger

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCREEN: ViewportSize = {"width": 1440, "height": 900}
SHOTS = Path(settings.BASE_DIR) / "build" / "browser"
XSS = "<img src=x onerror=alert(1)>"
LETTERS = "/admin/workers/deadletterdesk/"
UPLOADS = "/admin/streams/uploaddesk/"
TABLE_OVERFLOWS = """() => {
    const frame = document.querySelector('table').parentElement;
    return frame.scrollWidth > frame.clientWidth + 1;
}"""
PAGES = {
    "index": "/admin/",
    "letters": LETTERS,
    "settled": f"{LETTERS}?q=any",
    "queues": "/admin/workers/queuedesk/",
    "dropped": f"{LETTERS}?q=dropped",
    "nothing": f"{LETTERS}?q=replayed",
}


@pytest.fixture(params=[SCREEN, PHONE], ids=["screen", "phone"])
def desk(request: pytest.FixtureRequest, browser: Browser, live_server: Any) -> Iterator[Page]:
    """A signed-in operator's page; what it complains of, or pops up, fails the test."""
    a_staff_member(is_superuser=True)
    context = browser.new_context(viewport=request.param, base_url=live_server.url)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/admin/login/")
    page.locator("input[name=username]").fill("staff@example.org")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("button[type=submit], input[type=submit]").first.click()
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def _letters() -> None:
    a_row()
    a_row(
        kind="event",
        name="broadcast.live",
        queue="events.notifications",
        why=replace(WHY, code=Code.FAILED, reason=f"KeyError: '{XSS}'", tries=3),
        body=json.dumps({"id": "e", "key": "broadcast.live", "data": {"title": XSS}}).encode(),
    )
    a_row(
        name="previews.make",
        queue="previews",
        why=replace(WHY, code=Code.KILLED_ITS_PROCESS, reason="It was handed out " * 12),
    )
    a_row(kind="unknown", name="", body=bytes(range(256)), queue="push.urgent")
    ledger.drop(row_id=a_row(), by="ben")
    with connection() as opened:
        for _ in range(7):
            opened.Producer(auto_declare=False).publish(
                b"[[], {}, {}]", exchange="", routing_key="previews"
            )


@pytest.fixture
def failed_upload() -> str:
    """One with words as long as people's, beside one in each state; returns its id."""
    ada = a_person("ada")
    for state in STATES:
        an_upload(state=state, creator_id=ada, title="A day by the sea", received_bytes=12_000_000)
    failed = an_upload(state="failed", creator_id=ada, title=f"{XSS} {'day' * 30}")
    Upload.objects(id=failed).update(
        set__code="upload-not-a-video",
        set__error=f"This is no video we can play: {'moov atom not found ' * 12}",
        set__filename=f"{'IMG_' * 40}.mov",
        set__sha256="0" * 64,
    )
    return failed


def keep(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    width = "phone" if page.viewport_size == PHONE else "screen"
    page.screenshot(path=SHOTS / f"operators-{name}-{width}.png", full_page=True)


def overflows(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"))


@pytest.mark.usefixtures("_letters")
def test_every_page_fits_its_screen(desk: Page) -> None:
    wide = []
    for name, address in PAGES.items():
        desk.goto(address)
        keep(desk, name)
        wide += [name] * overflows(desk)

    assert wide == []


def test_uploads_fit_their_screen(desk: Page, failed_upload: str) -> None:
    desk.goto(UPLOADS)
    keep(desk, "uploads")
    is_list_too_wide = overflows(desk) or desk.evaluate(TABLE_OVERFLOWS)

    desk.goto(f"{UPLOADS}{failed_upload}/")
    keep(desk, "upload")

    assert not is_list_too_wide
    assert not overflows(desk)
    assert XSS in desk.locator("[data-detail] dl").inner_text()


@pytest.mark.usefixtures("_letters")
def test_a_letter_is_read_and_replayed(desk: Page) -> None:
    desk.goto(LETTERS)
    desk.get_by_role("link", name="broadcast.live").click()
    keep(desk, "letter")
    assert XSS in desk.locator("pre", has_text="title").inner_text()
    assert not overflows(desk)

    desk.get_by_role("button", name="Replay").click()
    keep(desk, "confirm")
    assert not overflows(desk)
    desk.get_by_label("Reason").fill("Mended.")
    desk.get_by_role("button", name="Replay").click()

    keep(desk, "replayed")
    assert desk.get_by_text("1 dead letter replayed.").is_visible()
