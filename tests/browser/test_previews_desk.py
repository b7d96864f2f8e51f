"""The previews desk in Chromium: two revisions of a real clip side by side, playing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from apps.previews import public as previews
from apps.previews.contracts import Subject
from apps.previews.documents.sets import PreviewSet
from clients.demo.clips import big_buck_bunny
from kit import documents
from tests.browser.test_operators import desk as desk
from tests.browser.test_operators import keep, overflows
from tests.previews.builders import a_recording_in_storage
from tests.streams.builders import an_ended_broadcast

pytestmark = [
    *(pytest.mark.browser, pytest.mark.media),
    pytest.mark.django_db(transaction=True),
]
PLAYS = """() => [...document.querySelectorAll('video')].some(
    video => !video.paused && video.videoWidth > 0 && video.currentTime > 0.2)"""
ALL_SHOWN = """() => [...document.querySelectorAll('[data-side] img, [data-side] video')].every(
    one => { one.loading = 'eager'; return (one.naturalWidth || one.videoWidth) > 0 })"""
DESK = "/admin/previews/previewdesk/"


@pytest.fixture
def made() -> str:
    """A set that was made twice, and one that failed; returns the id of the first."""
    documents.sync_indexes()
    recording_id = a_recording_in_storage(
        an_ended_broadcast(), content=big_buck_bunny().read_bytes()
    )
    previews.make_recording_set(recording_id=recording_id)
    previews.regenerate(subject="recording", subject_id=recording_id)
    previews.make_recording_set(recording_id=recording_id)
    failed = a_recording_in_storage(an_ended_broadcast(), content=b"<svg onload=alert(1)>")
    previews.make_recording_set(recording_id=failed)
    found = PreviewSet.objects.of(Subject.RECORDING, recording_id).get()
    return str(found.pk)


def test_shows_old_and_new_side_by_side(made: str, desk: Page) -> None:
    desk.goto(DESK)
    keep(desk, "previews")
    is_list_too_wide = overflows(desk)

    desk.goto(f"{DESK}{made}/")
    desk.locator("[data-side] video").first.scroll_into_view_if_needed()
    desk.wait_for_function(PLAYS)  # those out of sight are paused by the browser
    desk.wait_for_function(ALL_SHOWN)
    keep(desk, "preview")

    assert not is_list_too_wide
    assert not overflows(desk)
    assert desk.locator("[data-side]").count() == 2
    assert desk.locator("[data-side] video").count() == 6
