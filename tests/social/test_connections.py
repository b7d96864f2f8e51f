from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from typing_extensions import override

from apps.social import queries
from apps.social.adapters.memory import MemoryYouTube
from apps.social.documents.connections import ConsentRequest
from apps.social.errors import (
    ConsentExpired,
    ConsentRefused,
    NoChannel,
    NotConnected,
    ScopesMissing,
    YouTubeDown,
)
from apps.social.ports import READ_SCOPE, SCOPES, UPLOAD_SCOPE, Grant
from apps.social.services import connections
from kit.secrets import Safe
from tests.social.builders import (
    ADA,
    CALLBACK,
    EVE,
    Studio,
    announced,
    code_of,
    state_of,
    the_connection,
)


class OnlineOnly(MemoryYouTube):
    """Gives access for an hour and no longer."""

    @override
    def exchange(self, *, code: str, verifier: str, redirect_url: str) -> Grant:
        grant = super().exchange(code=code, verifier=verifier, redirect_url=redirect_url)
        return replace(grant, refresh_token="")


class TestBeginConsent:
    def test_gives_an_address_for_ten_minutes(self) -> None:
        studio = Studio()

        page = connections.begin_consent(
            user_id=ADA,
            wishes={},
            redirect_url=CALLBACK,
            consents=studio.consents,
            safe=studio.safe,
            now=studio.now,
        )

        assert page.url.startswith(CALLBACK)
        assert page.expires_at == studio.now + timedelta(minutes=10)

    def test_keeps_neither_the_state_nor_the_verifier_in_the_open(self) -> None:
        studio = Studio()

        url = studio.begin()

        kept = ConsentRequest.objects.get().to_json()
        assert state_of(url) not in kept
        assert studio.safe.open(ConsentRequest.objects.get().sealed_verifier) not in kept

    def test_ends_the_request_before_it(self) -> None:
        studio = Studio()
        first = studio.begin()

        studio.begin()

        with pytest.raises(ConsentExpired):
            studio.come_back(first)


class TestFinishConsent:
    def test_connects_the_channel_of_who_asked(self) -> None:
        studio = Studio()
        url = studio.begin(auto_publish=False, privacy="unlisted")

        studio.come_back(url)

        found = queries.get_connection(user_id=ADA)
        assert (found.state, found.channel_id, found.channel_title) == (
            "active",
            "UCmemory",
            "Memory",
        )
        assert (found.auto_publish, found.privacy) == (False, "unlisted")
        assert found.scopes == sorted(SCOPES)

    def test_publishes_privately_unless_told_otherwise(self) -> None:
        studio = Studio()

        studio.come_back(studio.begin())

        found = queries.get_connection(user_id=ADA)
        assert (found.auto_publish, found.privacy) == (True, "private")

    def test_seals_the_tokens(self) -> None:
        studio = Studio()

        studio.come_back(studio.begin())

        kept = the_connection()
        assert studio.safe.open(kept.sealed_refresh) in studio.youtube.refresh_tokens
        assert not any(token in kept.to_json() for token in studio.youtube.refresh_tokens)

    def test_works_once_for_a_state(self) -> None:
        studio = Studio()
        url = studio.begin()
        studio.come_back(url)

        with pytest.raises(ConsentExpired):
            studio.come_back(url)

    def test_comes_too_late_after_ten_minutes(self) -> None:
        studio = Studio()
        url = studio.begin()
        studio.now += timedelta(minutes=10)

        with pytest.raises(ConsentExpired):
            studio.come_back(url)

    def test_knows_no_invented_state(self) -> None:
        studio = Studio()
        studio.begin()

        with pytest.raises(ConsentExpired):
            studio.come_back(f"{CALLBACK}?state=invented&code=x")

    def test_does_not_take_the_code_of_another_request(self) -> None:
        studio = Studio()
        hers, his = studio.begin(ADA), studio.begin(EVE)

        with pytest.raises(ConsentRefused):
            studio.come_back(f"{CALLBACK}?state={state_of(hers)}&code={code_of(his)}")

        with pytest.raises(NotConnected):
            queries.get_connection(user_id=ADA)

    @pytest.mark.parametrize("granted", [(UPLOAD_SCOPE,), (READ_SCOPE,), ()])
    def test_wants_both_permissions(self, granted: tuple[str, ...]) -> None:
        studio = Studio()
        studio.youtube.granted = granted

        with pytest.raises(ScopesMissing):
            studio.come_back(studio.begin())

    def test_wants_a_consent_that_lasts(self) -> None:
        studio = Studio(site=OnlineOnly())

        with pytest.raises(ConsentRefused, match="no-refresh-token"):
            studio.come_back(studio.begin())

    def test_starts_again_when_the_key_of_the_verifier_is_gone(self) -> None:
        studio = Studio()
        url = studio.begin()
        studio.safe = Safe([Fernet.generate_key().decode()])

        with pytest.raises(ConsentExpired):
            studio.come_back(url)

    def test_wants_a_channel(self) -> None:
        studio = Studio()
        studio.youtube.channel = None

        with pytest.raises(NoChannel):
            studio.come_back(studio.begin())

    def test_mends_a_lost_connection_under_a_new_grant(self) -> None:
        studio = Studio()
        studio.a_connection()
        before = the_connection()
        connections.lose(before, now=studio.now)

        studio.come_back(studio.begin())

        after = the_connection()
        assert (after.id, after.state) == (before.id, "active")
        assert after.grant_id != before.grant_id


class TestDeclineConsent:
    def test_says_what_google_said_and_uses_the_state_up(self) -> None:
        studio = Studio()
        url = studio.begin()

        with pytest.raises(ConsentRefused, match="access-denied"):
            connections.decline_consent(state=state_of(url), why="access_denied", now=studio.now)

        with pytest.raises(ConsentExpired):
            studio.come_back(url)


class TestLose:
    def test_is_said_once(self) -> None:
        studio = Studio()
        studio.a_connection()
        connection = the_connection()

        connections.lose(connection, now=studio.now)
        connections.lose(connection, now=studio.now)

        assert the_connection().state == "reconnect_required"
        assert announced(the_connection()) == [
            {"key": "connection.lost", "user_id": ADA, "channel_title": "Ada"}
        ]

    def test_does_not_touch_a_newer_grant(self) -> None:
        studio = Studio()
        studio.a_connection()
        old = the_connection()
        studio.a_connection()

        connections.lose(old, now=studio.now)

        assert the_connection().state == "active"


class TestDisconnect:
    def test_ends_it_here_at_once(self) -> None:
        studio = Studio()
        studio.a_connection()
        pending = studio.begin()

        connections.disconnect(user_id=ADA)

        assert the_connection().state == "revoked"
        with pytest.raises(ConsentExpired):
            studio.come_back(pending)

    def test_may_be_repeated(self) -> None:
        studio = Studio()
        studio.a_connection()
        connections.disconnect(user_id=ADA)

        connections.disconnect(user_id=ADA)

        assert the_connection().state == "revoked"

    def test_needs_a_connection(self) -> None:
        with pytest.raises(NotConnected):
            connections.disconnect(user_id=ADA)


class TestRevokeGrant:
    def test_tells_google_and_forgets_the_channel(self) -> None:
        studio = Studio()
        studio.a_connection()
        connections.disconnect(user_id=ADA)

        connections.revoke_grant(user_id=ADA, consents=studio.consents, safe=studio.safe)

        kept = the_connection()
        assert studio.youtube.refresh_tokens == set()
        assert (kept.sealed_access, kept.sealed_refresh) == ("", "")
        assert (kept.channel_id, kept.channel_title, kept.scopes) == ("", "", [])
        assert queries.list_unfinished_revocations(limit=10) == []

    def test_is_tried_again_when_google_did_not_answer(self) -> None:
        studio = Studio()
        studio.a_connection()
        connections.disconnect(user_id=ADA)
        studio.youtube.broken["revoke"] = [YouTubeDown(why="500")]

        with pytest.raises(YouTubeDown):
            connections.revoke_grant(user_id=ADA, consents=studio.consents, safe=studio.safe)

        assert queries.list_unfinished_revocations(limit=10) == [ADA]

    def test_leaves_a_connection_made_since_alone(self) -> None:
        studio = Studio()
        studio.a_connection()
        connections.disconnect(user_id=ADA)
        studio.a_connection()

        connections.revoke_grant(user_id=ADA, consents=studio.consents, safe=studio.safe)

        assert the_connection().state == "active"
        assert len(studio.youtube.refresh_tokens) == 2

    def test_forgets_tokens_whose_key_is_gone(self) -> None:
        studio = Studio()
        studio.a_connection()
        connections.disconnect(user_id=ADA)
        other_keys = Safe([Fernet.generate_key().decode()])

        connections.revoke_grant(user_id=ADA, consents=studio.consents, safe=other_keys)

        assert the_connection().sealed_refresh == ""
