"""The whole way of a recording to the YouTube stand-in, over a socket, whatever breaks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest

from apps.social import queries, rules
from apps.social.adapters.google_errors import meaning
from apps.social.adapters.youtube import YouTube
from apps.social.errors import (
    AccessExpired,
    ChannelLimitReached,
    ConsentRefused,
    GrantLost,
    NoChannel,
    QuotaSpent,
    SessionGone,
    VideoRefused,
    YouTubeDown,
)
from apps.social.services import connections
from kit.errors import DomainError
from sandbox import client
from sandbox.threaded import StandIns
from tests.social.builders import (
    CALLBACK,
    CHUNK,
    VIDEO,
    Studio,
    announced_keys,
    state_of,
    the_connection,
    the_upload,
)
from tests.social.sites import SESSION, START, InSandbox, a_grant

TOTAL = len(VIDEO)


@pytest.fixture
def site(google: StandIns) -> InSandbox:
    return InSandbox(google, timeout_s=5.0)


@pytest.fixture
def studio(site: InSandbox) -> Studio:
    """Services on the stand-in, with a connected creator."""
    made = Studio(site=site.site)
    made.a_connection(grant=a_grant(site))
    return made


def an_upload(studio: Studio, content: bytes = VIDEO) -> str:
    return studio.request(studio.a_recording(content)).id


def assert_one_video(site: InSandbox, upload_id: str, content: bytes = VIDEO) -> None:
    """Exactly one video was made, of exactly these bytes, and we know its id."""
    kept = the_upload(upload_id)
    [made] = site.videos()
    assert made["video_id"] == kept.video_id
    assert made["sha256"] == hashlib.sha256(content).hexdigest()
    assert kept.state == "processing"


class TestTheHappyWay:
    def test_follows_the_resumable_protocol(self, site: InSandbox, studio: Studio) -> None:
        upload_id = an_upload(studio)

        studio.send(upload_id, chunk_bytes=2 * CHUNK)

        assert_one_video(site, upload_id)
        assert site.steps() == [
            ("start", None),
            ("chunk", f"bytes 0-{2 * CHUNK - 1}/{TOTAL}"),
            ("chunk", f"bytes {2 * CHUNK}-{TOTAL - 1}/{TOTAL}"),
        ]

    def test_always_says_who_may_see_it(self, site: InSandbox, studio: Studio) -> None:
        upload_id = studio.request(studio.a_recording(), privacy="private").id

        studio.send(upload_id)

        assert site.videos()[0]["privacy"] == "private"

    @pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1])
    def test_takes_a_file_of_any_size(self, site: InSandbox, studio: Studio, size: int) -> None:
        upload_id = an_upload(studio, VIDEO[:size])

        studio.send(upload_id)

        assert_one_video(site, upload_id, VIDEO[:size])

    def test_ends_with_a_video_that_plays(self, site: InSandbox, studio: Studio) -> None:
        site.set_processing(polls=2)
        upload_id = an_upload(studio)
        studio.send(upload_id)

        for _ in range(2):
            studio.poll()
            studio.now += rules.SLOWEST_POLL

        assert the_upload(upload_id).state == "done"
        assert announced_keys(the_upload(upload_id))[-1] == "upload.published"


class TestACutLine:
    @pytest.mark.parametrize("cut_after", [0, 100_000, CHUNK + 1, 2 * CHUNK - 1])
    def test_is_resumed_by_another_worker_where_the_server_is(
        self, site: InSandbox, studio: Studio, cut_after: int
    ) -> None:
        upload_id = an_upload(studio)
        client.fail(site.url, reset=True, after_bytes=cut_after, **SESSION)
        with pytest.raises(YouTubeDown):
            studio.send(upload_id, chunk_bytes=2 * CHUNK)

        another_worker = Studio(
            site=InSandbox(site.stand_ins).site,
            safe=studio.safe,
            storage=studio.storage,
            recordings=studio.recordings,
        )
        another_worker.send(upload_id, holder="another", chunk_bytes=2 * CHUNK)

        held = cut_after - cut_after % CHUNK
        assert_one_video(site, upload_id)
        assert ("chunk", f"bytes {held}-{held + 2 * CHUNK - 1}/{TOTAL}") in site.steps()
        assert queries.count_uploads_today(now=studio.now) == 1

    def test_at_the_last_answer_makes_no_second_video(
        self, site: InSandbox, studio: Studio
    ) -> None:
        upload_id = an_upload(studio, VIDEO[:CHUNK])
        site.lose_next_answer()
        with pytest.raises(YouTubeDown):
            studio.send(upload_id)

        studio.send(upload_id)

        assert_one_video(site, upload_id, VIDEO[:CHUNK])

    def test_at_the_start_costs_another_of_the_day_s_uploads(
        self, site: InSandbox, studio: Studio
    ) -> None:
        upload_id = an_upload(studio)
        client.fail(site.url, reset=True, done=True, **START)
        with pytest.raises(YouTubeDown):
            studio.send(upload_id)

        studio.send(upload_id)

        assert_one_video(site, upload_id)
        assert queries.count_uploads_today(now=studio.now) == 2

    def test_is_noticed_when_the_server_says_nothing(self, google: StandIns) -> None:
        impatient = InSandbox(google, timeout_s=0.3)
        studio = Studio(site=impatient.site)
        studio.a_connection(grant=a_grant(impatient))
        upload_id = an_upload(studio)
        client.fail(impatient.url, hang_s=30, **SESSION)

        with pytest.raises(YouTubeDown):
            studio.send(upload_id)

        studio.send(upload_id)
        assert_one_video(impatient, upload_id)


class TestATroubledServer:
    def test_is_tried_again_until_it_takes_everything(
        self, site: InSandbox, studio: Studio
    ) -> None:
        upload_id = an_upload(studio)
        client.fail(site.url, status=500, times=3, **SESSION)
        for _ in range(3):
            with pytest.raises(YouTubeDown):
                studio.send(upload_id)

        studio.send(upload_id)

        assert_one_video(site, upload_id)
        assert queries.count_uploads_today(now=studio.now) == 1

    @pytest.mark.parametrize("status", [404, 410])
    def test_that_forgot_the_session_gets_a_new_one(
        self, site: InSandbox, studio: Studio, status: int
    ) -> None:
        upload_id = an_upload(studio)
        client.fail(site.url, status=503, **SESSION)
        with pytest.raises(YouTubeDown):
            studio.send(upload_id)
        client.fail(site.url, status=status, **SESSION)

        studio.send(upload_id)

        assert_one_video(site, upload_id)
        assert the_upload(upload_id).sessions == 2

    def test_whose_day_is_full_is_asked_again_at_midnight(
        self, site: InSandbox, studio: Studio
    ) -> None:
        upload_id = an_upload(studio)
        site.set_quota(0)

        studio.send(upload_id)

        kept = the_upload(upload_id)
        assert (kept.state, kept.due_at) == ("waiting_quota", rules.next_quota_day(studio.now))
        assert site.videos() == []

    def test_that_could_not_use_the_file_says_why(self, site: InSandbox, studio: Studio) -> None:
        site.set_processing(polls=1, failure="codec")
        upload_id = an_upload(studio)
        studio.send(upload_id)

        studio.poll()

        assert the_upload(upload_id).error_code == "codec"


class TestTheConsent:
    def test_is_renewed_in_the_middle_of_an_upload(self, site: InSandbox, studio: Studio) -> None:
        upload_id = an_upload(studio)
        client.fail(site.url, status=503, **SESSION)
        with pytest.raises(YouTubeDown):
            studio.send(upload_id)
        site.forget("access")

        studio.send(upload_id)

        assert_one_video(site, upload_id)
        assert the_connection().state == "active"

    def test_is_lost_when_google_says_so(self, site: InSandbox, studio: Studio) -> None:
        upload_id = an_upload(studio)
        site.forget("refresh")
        studio.now += timedelta(hours=1)

        studio.send(upload_id)

        assert the_connection().state == "reconnect_required"
        assert announced_keys(the_connection()) == ["connection.lost"]
        assert the_upload(upload_id).error_code == "connection-lost"

    def test_is_given_through_the_browser(self, site: InSandbox) -> None:
        studio = Studio(site=site.site)
        url = studio.begin()
        code = site.consent(url)

        connections.finish_consent(
            state=state_of(url),
            code=code,
            redirect_url=CALLBACK,
            consents=site.site,
            safe=studio.safe,
            now=studio.now,
        )

        assert the_connection().state == "active"
        assert the_connection().channel_title == "Creator"

    def test_is_not_given_to_who_stole_the_code(self, site: InSandbox) -> None:
        studio = Studio(site=site.site)
        stolen = site.consent(studio.begin("01EVE00000000000000000000E"))
        url = studio.begin()

        with pytest.raises(ConsentRefused):
            studio.come_back(f"{CALLBACK}?state={state_of(url)}&code={stolen}")

    def test_tells_a_token_endpoint_that_is_broken_from_one_that_says_no(
        self, site: InSandbox
    ) -> None:
        invitation = site.site.invite(state="s", redirect_url=CALLBACK)
        code = site.consent(invitation.url)
        client.fail(site.url, path_prefix="/token", status=502, body="<h1>Bad gateway</h1>")

        with pytest.raises(YouTubeDown):
            site.site.exchange(code=code, verifier=invitation.verifier, redirect_url=CALLBACK)

    def test_survives_a_wrong_client_secret_of_ours(self, site: InSandbox) -> None:
        grant = a_grant(site)
        client.fail(site.url, path_prefix="/token", status=401, body={"error": "invalid_client"})

        with pytest.raises(YouTubeDown):
            site.site.refresh(grant.refresh_token)


class TestTheChannel:
    @pytest.mark.parametrize(
        ("status", "body"),
        [
            (200, {"items": []}),
            (401, {"error": {"errors": [{"reason": "youtubeSignupRequired"}]}}),
        ],
    )
    def test_may_be_missing(self, site: InSandbox, status: int, body: object) -> None:
        grant = a_grant(site)
        client.fail(site.url, path_prefix="/youtube/v3/channels", status=status, body=body)

        with pytest.raises(NoChannel):
            site.site.get_channel(grant.access_token)

    def test_may_be_refused(self, site: InSandbox) -> None:
        grant = a_grant(site)
        body = {"error": {"errors": [{"reason": "authenticatedUserAccountClosed"}]}}
        client.fail(site.url, path_prefix="/youtube/v3/channels", status=403, body=body)

        with pytest.raises(VideoRefused):
            site.site.get_channel(grant.access_token)


class TestNobodyThere:
    """A port where nothing listens."""

    @pytest.mark.parametrize(
        "call",
        [
            lambda site: site.exchange(code="c", verifier="v" * 43, redirect_url=CALLBACK),
            lambda site: site.refresh("r"),
            lambda site: site.revoke("r"),
            lambda site: site.get_channel("a"),
            lambda site: site.list_videos("a", ["dQw4w9WgXcQ"]),
        ],
        ids=["exchange", "refresh", "revoke", "get_channel", "list_videos"],
    )
    def test_is_said_in_our_words(self, call: Callable[[YouTube], object]) -> None:
        nowhere = "http://127.0.0.1:1"  # nobody listens there, and the kernel says so at once
        site = YouTube(
            client_id="id",
            client_secret="secret",
            auth_url=f"{nowhere}/auth",
            token_url=f"{nowhere}/token",
            revoke_url=f"{nowhere}/revoke",
            root_url=f"{nowhere}/",
        )

        with pytest.raises(YouTubeDown):
            call(site)


class TestTheLastAnswer:
    @pytest.mark.parametrize("body", ["<html>", [], {"kind": "youtube#video"}])
    def test_that_is_no_video_is_asked_for_again(
        self, site: InSandbox, studio: Studio, body: object
    ) -> None:
        upload_id = an_upload(studio, VIDEO[:CHUNK])
        client.fail(site.url, status=200, body=body, done=True, **SESSION)
        with pytest.raises(YouTubeDown):
            studio.send(upload_id)

        studio.send(upload_id)

        assert_one_video(site, upload_id, VIDEO[:CHUNK])


class TestMeaning:
    @pytest.mark.parametrize(
        ("status", "reason", "kind"),
        [
            (400, "invalidTitle", VideoRefused),
            (400, "uploadLimitExceeded", ChannelLimitReached),
            (401, "authError", AccessExpired),
            (401, "youtubeSignupRequired", VideoRefused),
            (403, "quotaExceeded", QuotaSpent),
            (403, "dailyLimitExceeded", QuotaSpent),
            (403, "rateLimitExceeded", YouTubeDown),
            (429, "userRateLimitExceeded", YouTubeDown),
            (403, "forbidden", GrantLost),
            (403, "insufficientPermissions", GrantLost),
            (403, "forbiddenPrivacySetting", VideoRefused),
            (403, "authenticatedUserAccountSuspended", VideoRefused),
            (403, "SERVICE_UNAVAILABLE", YouTubeDown),
            (403, "accessNotConfigured", YouTubeDown),
            (404, "videoNotFound", VideoRefused),
            (500, "backendError", YouTubeDown),
        ],
    )
    def test_is_read_from_status_and_reason(
        self, status: int, reason: str, kind: type[DomainError]
    ) -> None:
        body = '{"error":{"errors":[{"reason":"%s"}]}}' % reason  # noqa: UP031 (braces)

        assert type(meaning(status, body.encode())) is kind

    @pytest.mark.parametrize(
        "body", [b"", b"<html>", b"[]", b'{"error":"no"}', b'{"error":{"errors":[1]}}', b"\xff"]
    )
    def test_is_found_without_a_reason(self, body: bytes) -> None:
        assert type(meaning(400, body)) is VideoRefused
        assert type(meaning(503, body)) is YouTubeDown
        assert type(meaning(404, body, is_session=True)) is SessionGone
