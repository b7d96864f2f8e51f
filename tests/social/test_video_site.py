"""What every adapter of Consents and VideoSite promises, tried on each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apps.social.errors import (
    AccessExpired,
    ConsentRefused,
    GrantLost,
    QuotaSpent,
    SessionGone,
    VideoRefused,
    YouTubeDown,
)
from apps.social.ports import SCOPES, UPLOAD_SCOPE, NewVideo, Session
from tests.social.builders import CALLBACK, CHUNK, VIDEO
from tests.social.sites import InMemory, InSandbox, Site, a_grant

LAST = len(VIDEO) - CHUNK


@pytest.fixture(params=["memory", "sandbox"])
def site(request: pytest.FixtureRequest) -> Site:
    if request.param == "memory":
        return InMemory()
    return InSandbox(request.getfixturevalue("google"))


def a_video(**wanted: Any) -> NewVideo:
    values: dict[str, Any] = {
        "title": "Launch",
        "description": "",
        "privacy": "unlisted",
        "is_made_for_kids": False,
        "content_type": "video/mp4",
        "size_bytes": len(VIDEO),
        **wanted,
    }
    return NewVideo(**values)


class Upload:
    """A session somebody has opened, and its token."""

    def __init__(self, site: Site) -> None:
        self._site = site.site
        self.token = a_grant(site).access_token
        self.session = Session(
            uri=self._site.start_upload(self.token, a_video()),
            content_type="video/mp4",
            size_bytes=len(VIDEO),
        )

    def ask(self) -> Any:
        return self._site.find_progress(self.token, self.session)

    def send(self, first: int, last: int) -> Any:
        return self._site.send_chunk(
            self.token, self.session, offset=first, chunk=VIDEO[first:last]
        )

    def send_all(self) -> str:
        self.send(0, LAST)
        return str(self.send(LAST, len(VIDEO)).video_id)


class TestConsents:
    def test_give_a_grant_for_a_code(self, site: Site) -> None:
        grant = a_grant(site)

        assert set(grant.scopes) == set(SCOPES)
        assert grant.refresh_token
        assert site.site.get_channel(grant.access_token).id.startswith("UC")

    def test_tell_which_permission_the_creator_unticked(self, site: Site) -> None:
        assert a_grant(site, UPLOAD_SCOPE).scopes == (UPLOAD_SCOPE,)

    def test_give_nothing_for_another_verifier(self, site: Site) -> None:
        code = site.consent(site.site.invite(state="a", redirect_url=CALLBACK).url)
        other = site.site.invite(state="b", redirect_url=CALLBACK)

        with pytest.raises(ConsentRefused):
            site.site.exchange(code=code, verifier=other.verifier, redirect_url=CALLBACK)

    def test_give_nothing_for_a_code_twice(self, site: Site) -> None:
        invitation = site.site.invite(state="a", redirect_url=CALLBACK)
        code = site.consent(invitation.url)
        first = {"code": code, "verifier": invitation.verifier, "redirect_url": CALLBACK}
        site.site.exchange(**first)

        with pytest.raises(ConsentRefused):
            site.site.exchange(**first)

    def test_renew_a_token_that_ended(self, site: Site) -> None:
        grant = a_grant(site)
        site.forget("access")

        renewed = site.site.refresh(grant.refresh_token)

        assert renewed.expires_at > grant.expires_at or renewed != grant
        assert site.site.get_channel(renewed.access_token)

    def test_say_when_the_consent_is_gone(self, site: Site) -> None:
        grant = a_grant(site)
        site.forget("refresh")

        with pytest.raises(GrantLost):
            site.site.refresh(grant.refresh_token)

    def test_can_be_revoked_more_than_once(self, site: Site) -> None:
        grant = a_grant(site)
        site.site.revoke(grant.refresh_token)

        site.site.revoke(grant.refresh_token)

        with pytest.raises(GrantLost):
            site.site.refresh(grant.refresh_token)

    @pytest.mark.parametrize(
        "call",
        [
            lambda site, grant: site.exchange(code="c", verifier="v" * 43, redirect_url=CALLBACK),
            lambda site, grant: site.refresh(grant.refresh_token),
            lambda site, grant: site.revoke(grant.refresh_token),
            lambda site, grant: site.get_channel(grant.access_token),
        ],
        ids=["exchange", "refresh", "revoke", "get_channel"],
    )
    @pytest.mark.waits
    def test_say_when_nobody_answers(self, site: Site, call: Callable[[Any, Any], Any]) -> None:
        grant = a_grant(site)
        site.go_down()

        with pytest.raises(YouTubeDown):
            call(site.site, grant)


class TestStartUpload:
    def test_opens_a_session_that_holds_nothing(self, site: Site) -> None:
        upload = Upload(site)

        assert (upload.ask().offset, upload.ask().video_id) == (0, "")

    def test_says_when_the_day_is_full(self, site: Site) -> None:
        token = a_grant(site).access_token
        site.set_quota(0)

        with pytest.raises(QuotaSpent):
            site.site.start_upload(token, a_video())

    @pytest.mark.parametrize("title", ["", "<Launch>"])
    def test_refuses_a_title(self, site: Site, title: str) -> None:
        token = a_grant(site).access_token

        with pytest.raises(VideoRefused, match="invalidTitle"):
            site.site.start_upload(token, a_video(title=title))

    def test_wants_a_token_that_lives(self, site: Site) -> None:
        token = a_grant(site).access_token
        site.forget("access")

        with pytest.raises(AccessExpired):
            site.site.start_upload(token, a_video())

    def test_says_when_nobody_answers(self, site: Site) -> None:
        token = a_grant(site).access_token
        site.go_down()

        with pytest.raises(YouTubeDown):
            site.site.start_upload(token, a_video())


class TestSendChunk:
    def test_gets_further(self, site: Site) -> None:
        upload = Upload(site)

        progress = upload.send(0, 2 * CHUNK)

        assert (progress.offset, progress.video_id) == (2 * CHUNK, "")
        assert upload.ask() == progress

    def test_makes_a_video_of_the_last_bytes(self, site: Site) -> None:
        upload = Upload(site)
        upload.send(0, LAST)

        progress = upload.send(LAST, len(VIDEO))

        assert progress.offset == len(VIDEO)
        assert len(progress.video_id) == 11

    def test_made_the_same_video_when_its_answer_was_lost(self, site: Site) -> None:
        upload = Upload(site)
        upload.send(0, LAST)
        site.lose_next_answer()
        with pytest.raises(YouTubeDown):
            upload.send(LAST, len(VIDEO))

        asked = upload.ask().video_id

        assert len(asked) == 11
        assert upload.send(LAST, len(VIDEO)).video_id == asked

    def test_refuses_bytes_out_of_their_place(self, site: Site) -> None:
        upload = Upload(site)

        with pytest.raises(VideoRefused):
            upload.send(CHUNK, 2 * CHUNK)

        assert upload.ask().offset == 0

    def test_says_when_the_session_is_gone(self, site: Site) -> None:
        upload = Upload(site)
        site.end_sessions()

        with pytest.raises(SessionGone):
            upload.send(0, CHUNK)

    def test_wants_a_token_that_lives(self, site: Site) -> None:
        upload = Upload(site)
        site.forget("access")

        with pytest.raises(AccessExpired):
            upload.send(0, CHUNK)

    def test_says_when_nobody_answers(self, site: Site) -> None:
        upload = Upload(site)
        site.go_down()

        with pytest.raises(YouTubeDown):
            upload.send(0, CHUNK)


class TestFindProgress:
    def test_says_when_the_session_is_gone(self, site: Site) -> None:
        upload = Upload(site)
        site.end_sessions()

        with pytest.raises(SessionGone):
            upload.ask()

    def test_says_when_nobody_answers(self, site: Site) -> None:
        upload = Upload(site)
        site.go_down()

        with pytest.raises(YouTubeDown):
            upload.ask()


class TestListVideos:
    def test_tells_when_processing_is_over(self, site: Site) -> None:
        site.set_processing(polls=2)
        upload = Upload(site)
        video_id = upload.send_all()

        seen = [site.site.list_videos(upload.token, [video_id])[video_id] for _ in range(2)]

        assert [status.stage for status in seen] == ["processing", "done"]
        assert seen[-1].privacy == "unlisted"

    def test_tells_why_it_failed(self, site: Site) -> None:
        site.set_processing(polls=1, failure="invalidFile")
        upload = Upload(site)
        video_id = upload.send_all()

        found = site.site.list_videos(upload.token, [video_id])[video_id]

        assert (found.stage, found.reason) == ("failed", "invalidFile")

    def test_leaves_out_what_does_not_exist(self, site: Site) -> None:
        token = a_grant(site).access_token

        assert site.site.list_videos(token, ["dQw4w9WgXcQ"]) == {}
