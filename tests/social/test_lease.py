from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from typing_extensions import override

from apps.social import rules
from apps.social.adapters.memory import MemoryYouTube
from apps.social.documents.uploads import YouTubeUpload
from apps.social.errors import (
    AccessExpired,
    GrantLost,
    VideoRefused,
    YouTubeDown,
)
from apps.social.ports import Grant, NewVideo
from apps.social.services import connections
from kit.secrets import Safe
from tests.social.builders import (
    ADA,
    Studio,
    announced_keys,
    the_connection,
    the_upload,
)

DOWN = YouTubeDown(why="503")


class OvertakenMeanwhile(MemoryYouTube):
    """Takes so long to refuse that another worker has the upload by then."""

    @override
    def start_upload(self, access_token: str, video: NewVideo) -> str:
        for upload in YouTubeUpload.objects:
            after_lease = self.clock() + rules.LEASE
            YouTubeUpload.objects.claim(str(upload.id), holder="fast", now=after_lease)
        raise VideoRefused(reason="invalidTitle")


class KeepsRefreshTokens(MemoryYouTube):
    """Renews access and says nothing of the refresh token, as Google does."""

    @override
    def refresh(self, refresh_token: str) -> Grant:
        return replace(super().refresh(refresh_token), refresh_token="")


class TestTheLease:
    def test_keeps_a_second_task_away(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        YouTubeUpload.objects.claim(upload_id, holder="first", now=studio.now)

        studio.send(upload_id, holder="second")

        assert studio.youtube.sessions == {}

    def test_falls_to_another_task_when_it_ran_out(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        YouTubeUpload.objects.claim(upload_id, holder="died", now=studio.now)
        studio.now += rules.LEASE

        studio.send(upload_id, holder="second")

        assert the_upload(upload_id).state == "processing"

    def test_falls_to_the_redelivered_task_at_once(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        YouTubeUpload.objects.claim(upload_id, holder="task", now=studio.now)

        studio.send(upload_id, holder="task")

        assert the_upload(upload_id).state == "processing"

    def test_stops_the_one_that_was_overtaken(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        slow = YouTubeUpload.objects.claim(upload_id, holder="slow", now=studio.now)
        studio.now += rules.LEASE
        YouTubeUpload.objects.claim(upload_id, holder="fast", now=studio.now)

        assert not YouTubeUpload.objects.hold(slow, now=studio.now, events=[], offset=1)

    def test_does_not_let_the_overtaken_one_fail_the_upload(self) -> None:
        studio = Studio(site=OvertakenMeanwhile())
        upload_id = studio.a_queued_upload()

        studio.send(upload_id, holder="slow")

        assert the_upload(upload_id).state == "starting"

    def test_is_given_back_for_the_retry(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.broken["start_upload"] = [DOWN]
        with pytest.raises(YouTubeDown):
            studio.send(upload_id)

        studio.send(upload_id, holder="another")

        assert the_upload(upload_id).state == "processing"


class TestTheToken:
    def test_is_renewed_before_it_ends(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        before = the_connection().sealed_access
        studio.now += timedelta(minutes=56)

        studio.send(upload_id)

        after = the_connection()
        assert after.sealed_access != before
        assert after.access_expires_at == studio.now + timedelta(hours=1)
        assert the_upload(upload_id).state == "processing"

    def test_keeps_its_refresh_token_where_google_gives_no_new_one(self) -> None:
        studio = Studio(site=KeepsRefreshTokens())
        upload_id = studio.a_queued_upload()
        before = the_connection().sealed_refresh
        studio.now += timedelta(minutes=56)

        studio.send(upload_id)

        assert the_connection().sealed_refresh == before
        assert the_upload(upload_id).state == "processing"

    def test_is_renewed_once_when_it_is_refused(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.broken["send_chunk"] = [AccessExpired()]

        studio.send(upload_id)

        assert the_upload(upload_id).state == "processing"

    @pytest.mark.parametrize(
        "refusals",
        [
            {"send_chunk": [AccessExpired(), AccessExpired()]},
            {"send_chunk": [AccessExpired()], "refresh": [GrantLost(why="invalid_grant")]},
            {"start_upload": [GrantLost(why="insufficientPermissions")]},
        ],
    )
    def test_is_not_fought_for(self, refusals: dict[str, list[Exception]]) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.youtube.broken.update(refusals)

        studio.send(upload_id)

        assert the_connection().state == "reconnect_required"
        assert announced_keys(the_connection()) == ["connection.lost"]
        assert the_upload(upload_id).error_code == "connection-lost"

    def test_is_not_used_after_a_disconnect(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        connections.disconnect(user_id=ADA)

        studio.send(upload_id)

        assert the_upload(upload_id).error_code == "connection-lost"
        assert studio.youtube.sessions == {}

    def test_whose_key_is_gone_asks_for_a_new_consent(self) -> None:
        studio = Studio()
        upload_id = studio.a_queued_upload()
        studio.safe = Safe([Fernet.generate_key().decode()])

        studio.send(upload_id)

        assert the_connection().state == "reconnect_required"
