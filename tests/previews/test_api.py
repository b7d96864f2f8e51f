"""GET broadcasts/{id}/preview."""

from __future__ import annotations

from pathlib import Path

import pytest
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from apps.previews import public as previews
from apps.previews.api.sets import GetBroadcastPreview
from apps.streams.adapters.memory import Memory
from gateway.authentication import Caller
from kit.ids import new_id
from tests.previews.builders import a_broadcast_with_footage, a_live, a_recording_in_storage
from tests.streams.builders import ADA, an_ended_broadcast

pytestmark = pytest.mark.usefixtures("indexes", "engine")


class TestGetBroadcastPreview:
    def test_shows_a_running_broadcast(self, engine: Memory, tmp_path: Path) -> None:
        broadcast_id = a_broadcast_with_footage(engine, a_live(tmp_path, b"one"))
        previews.refresh_live(broadcast_id=broadcast_id)

        response = get(broadcast_id)

        assert response.status_code == 200
        assert response.data["subject"] == "broadcast"
        assert response.data["state"] == "ready"
        assert response.data["error"] is None
        for asset in response.data["assets"]:
            assert asset["max_age_s"] == 31_536_000
            assert asset["id"] == asset["sha256"][:16]
        assert {asset["variant"] for asset in response.data["assets"]} == {
            *("data-saver", "normal"),
            *("small", "medium", "large"),
        }

    def test_prefers_the_recording_once_it_can_be_shown(
        self, engine: Memory, tmp_path: Path
    ) -> None:
        broadcast_id = a_broadcast_with_footage(engine, a_live(tmp_path, b"one"))
        previews.refresh_live(broadcast_id=broadcast_id)
        recording_id = a_recording_in_storage(broadcast_id)
        previews.expect_recording_set(recording_id=recording_id, broadcast_id=broadcast_id)
        while_it_is_made = get(broadcast_id).data["subject"]

        previews.make_recording_set(recording_id=recording_id)

        assert while_it_is_made == "broadcast"
        assert get(broadcast_id).data["subject_id"] == recording_id

    def test_shows_what_is_in_work_as_pending(self) -> None:
        broadcast_id = an_ended_broadcast()
        recording_id = a_recording_in_storage(broadcast_id)
        previews.expect_recording_set(recording_id=recording_id, broadcast_id=broadcast_id)

        response = get(broadcast_id)

        assert response.status_code == 200
        assert (response.data["state"], response.data["assets"]) == ("pending", [])

    def test_tells_the_creator_why_it_failed(self) -> None:
        broadcast_id = an_ended_broadcast()
        recording_id = a_recording_in_storage(broadcast_id, content=b"")

        previews.make_recording_set(recording_id=recording_id)

        assert get(broadcast_id).data["error"] == {
            "code": "not-a-video",
            "detail": "it is empty",
            "sentence": "The file is not a video we know: it is empty.",
        }

    def test_is_a_problem_where_there_is_none(self) -> None:
        response = get(an_ended_broadcast())

        assert response.status_code == 404
        assert response.data["code"] == "preview-not-found"

    def test_hides_a_broadcast_the_viewer_may_not_see(
        self, engine: Memory, tmp_path: Path
    ) -> None:
        live = a_live(tmp_path, b"one")
        broadcast_id = a_broadcast_with_footage(engine, live, visibility="private")
        previews.refresh_live(broadcast_id=broadcast_id)

        assert get(broadcast_id, as_user=ADA).status_code == 200
        stranger = get(broadcast_id, as_user=new_id())
        assert stranger.status_code == 404
        assert stranger.data["code"] == "broadcast-not-found"


def get(broadcast_id: str, *, as_user: str = ADA) -> Response:
    request = APIRequestFactory().get("/")
    force_authenticate(request, user=Caller(as_user, 0.0))  # type: ignore[arg-type] # no User
    return GetBroadcastPreview.as_view()(request, broadcast_id=broadcast_id)
