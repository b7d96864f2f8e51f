from __future__ import annotations

import base64
import json
import secrets
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import google.auth.exceptions
import httpx
import jwt
import pytest
from google.oauth2.credentials import Credentials

from sandbox import client
from sandbox.google.consent import SCOPE
from sandbox.google.grants import challenge_of
from sandbox.google.tokens import JWT_BEARER
from sandbox.serving import Options
from sandbox.threaded import StandIns, serving
from tests.sandbox import plain
from tests.sandbox.people import (
    READONLY,
    REDIRECT,
    UPLOAD,
    a_creator,
    a_flow,
    a_service_account,
    decide,
    last,
    refresh,
)

USES = ("google_url",)


VERIFIER = "v" * 64
MESSAGING = f"{SCOPE}firebase.messaging"


class TestConsent:
    def test_gives_tokens_to_the_real_client_library(
        self, stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
        flow = a_flow(stand_ins)
        url, state = flow.authorization_url(prompt="consent", include_granted_scopes="true")

        back = decide(url)
        flow.fetch_token(code=back["code"])

        assert back["state"] == state
        assert flow.credentials.refresh_token
        assert set(flow.credentials.granted_scopes) == {UPLOAD, READONLY}

    def test_shows_a_person_both_buttons(self, stand_ins: StandIns) -> None:
        page = plain.get(an_authorization_url(stand_ins)).text

        assert 'value="allow">Allow' in page
        assert 'value="deny">Deny' in page

    def test_takes_no_for_an_answer(self, stand_ins: StandIns) -> None:
        back = decide(an_authorization_url(stand_ins), "deny")

        assert back == {"error": "access_denied", "state": "s-1"}
        assert last(client.ledger(stand_ins.google_url), "consent")["decision"] == "deny"

    def test_grants_only_what_was_ticked(self, stand_ins: StandIns) -> None:
        url = an_authorization_url(stand_ins)

        back = decide(url, granular="1", granted=[READONLY])

        assert exchange(stand_ins, code=back["code"]).json()["scope"] == READONLY

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"client_id": "someone"}, "invalid_client"),
            ({"redirect_uri": "https://evil.example/cb"}, "redirect_uri_mismatch"),
            ({"redirect_uri": "http://127.0.0.1@evil.example/"}, "redirect_uri_mismatch"),
            ({"response_type": "token"}, "unsupported_response_type"),
            ({"scope": f"{SCOPE}drive"}, "invalid_scope"),
            ({"state": ""}, "invalid_request"),
            ({"code_challenge_method": "plain"}, "invalid_request"),
            ({"code_challenge": ""}, "invalid_request"),
            ({"access_type": "forever"}, "invalid_request"),
            ({"surprise": "1"}, "invalid_request"),
        ],
    )
    def test_refuses_on_its_own_page(
        self, stand_ins: StandIns, changed: dict[str, str], reason: str
    ) -> None:
        answer = plain.get(an_authorization_url(stand_ins, **changed))

        assert answer.status_code == 400
        assert reason in answer.text
        assert client.ledger(stand_ins.google_url)[-1]["reason"] == reason


class TestRegisteredRedirects:
    def test_are_the_only_ones_where_there_are_any(self, tmp_path: Path) -> None:
        options = Options(directory=tmp_path, redirect_uris=("https://app.example/cb",))
        with serving(options) as registered:
            answers = [
                plain.get(an_authorization_url(registered, redirect_uri=uri))
                for uri in ("https://app.example/cb", "https://app.example/cb2", REDIRECT)
            ]

        assert [answer.status_code for answer in answers] == [200, 400, 400]


class TestExchange:
    def test_works_once(self, stand_ins: StandIns) -> None:
        code = decide(an_authorization_url(stand_ins))["code"]

        first, second = (exchange(stand_ins, code=code) for _ in range(2))

        assert first.status_code == 200
        assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")

    @pytest.mark.parametrize(
        ("changed", "status", "error"),
        [
            ({"code_verifier": "w" * 64}, 400, "invalid_grant"),
            ({"code_verifier": ""}, 400, "invalid_grant"),
            ({"redirect_uri": "http://127.0.0.1/other"}, 400, "redirect_uri_mismatch"),
            ({"client_secret": "wröng"}, 401, "invalid_client"),
            ({"client_id": "someone"}, 401, "invalid_client"),
            ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ],
    )
    def test_refuses(
        self, stand_ins: StandIns, changed: dict[str, str], status: int, error: str
    ) -> None:
        code = decide(an_authorization_url(stand_ins))["code"]

        answer = exchange(stand_ins, code=code, **changed)

        assert (answer.status_code, answer.json()["error"]) == (status, error)

    def test_gives_a_refresh_token_only_to_offline_clients(self, stand_ins: StandIns) -> None:
        url = an_authorization_url(stand_ins, access_type="online", prompt="consent")

        answer = exchange(stand_ins, code=decide(url)["code"])

        assert "refresh_token" not in answer.json()


class TestRefresh:
    def test_serves_google_auth(
        self, stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        creator = a_creator(stand_ins, monkeypatch)
        before = creator.token

        refresh(creator)

        assert creator.token != before
        assert last(client.ledger(stand_ins.google_url), "token")["account"] == "ana@x.org"

    def test_is_over_once_revoked(
        self, stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        creator = a_creator(stand_ins, monkeypatch)
        revoked = plain.post(f"{stand_ins.google_url}/revoke", data={"token": creator.token})

        with pytest.raises(google.auth.exceptions.RefreshError) as failure:
            refresh(creator)

        assert revoked.status_code == 200
        assert failure.value.args[1]["error"] == "invalid_grant"
        assert tokeninfo(stand_ins, creator).json()["error"] == "invalid_token"

    def test_is_over_once_the_control_plane_says_so(
        self, stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        creator = a_creator(stand_ins, monkeypatch)

        client.undo(stand_ins.google_url, "grants", kind="refresh")

        with pytest.raises(google.auth.exceptions.RefreshError):
            refresh(creator)

    def test_revoking_twice_is_an_error(self, stand_ins: StandIns) -> None:
        answer = plain.post(f"{stand_ins.google_url}/revoke", data={"token": "nobody's"})

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_token")


class TestTokeninfo:
    def test_names_the_scopes(self, stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
        creator = a_creator(stand_ins, monkeypatch, READONLY)

        answer = tokeninfo(stand_ins, creator).json()

        assert answer["scope"] == READONLY
        assert answer["aud"] == stand_ins.credentials.google_client_id


class TestServiceAccount:
    def test_gets_a_token_through_google_auth(self, stand_ins: StandIns) -> None:
        account = a_service_account(stand_ins, MESSAGING)

        token = refresh(account)

        assert token.startswith("ya29.")

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"aud": "https://accounts.example.com/token"}, "invalid_grant"),
            ({"iss": "stranger@example.com"}, "invalid_grant"),
            ({"exp": int(time.time()) - 600}, "invalid_grant"),
            ({"exp": int(time.time()) + 7200}, "invalid_grant"),
            ({"scope": UPLOAD}, "invalid_scope"),
        ],
    )
    def test_is_refused(self, stand_ins: StandIns, changed: dict[str, Any], error: str) -> None:
        answer = assert_jwt(stand_ins, an_assertion(stand_ins, **changed))

        assert (answer.status_code, answer.json()["error"]) == (400, error)

    def test_is_refused_with_an_unsigned_assertion(self, stand_ins: StandIns) -> None:
        signed = an_assertion(stand_ins)
        head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()

        answer = assert_jwt(stand_ins, f"{head}.{signed.split('.')[1]}.")

        assert answer.json()["error"] == "invalid_grant"


class TestUnknownPath:
    def test_is_refused_and_kept(self, stand_ins: StandIns) -> None:
        answer = plain.get(f"{stand_ins.google_url}/oauth2/v1/certs")

        assert answer.status_code == 404
        assert answer.json()["error"]["status"] == "NOT_FOUND"
        assert not client.ledger(stand_ins.google_url)[-1]["accepted"]


def an_authorization_url(stand_ins: StandIns, **changed: str) -> str:
    query = {
        "client_id": stand_ins.credentials.google_client_id,
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": f"{UPLOAD} {READONLY}",
        "state": "s-1",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
        "access_type": "offline",
        **changed,
    }
    return f"{stand_ins.google_url}/o/oauth2/v2/auth?{urlencode(query)}"


def exchange(stand_ins: StandIns, **changed: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": stand_ins.credentials.google_client_id,
        "client_secret": stand_ins.credentials.google_client_secret,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
        **changed,
    }
    return plain.post(f"{stand_ins.google_url}/token", data=form)


def an_assertion(stand_ins: StandIns, **changed: Any) -> str:
    account = json.loads(stand_ins.credentials.fcm_service_account_file.read_text())
    now = int(time.time())
    claims = {
        "iss": account["client_email"],
        "aud": account["token_uri"],
        "iat": now,
        "exp": now + 3600,
        "scope": MESSAGING,
        "jti": secrets.token_hex(8),
        **changed,
    }
    return jwt.encode(claims, account["private_key"], algorithm="RS256")


def assert_jwt(stand_ins: StandIns, assertion: str) -> httpx.Response:
    form = {"grant_type": JWT_BEARER, "assertion": assertion}
    return plain.post(f"{stand_ins.google_url}/token", data=form)


def tokeninfo(stand_ins: StandIns, creator: Credentials) -> httpx.Response:
    query = {"access_token": creator.token}
    return plain.get(f"{stand_ins.google_url}/tokeninfo", params=query)
