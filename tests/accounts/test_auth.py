"""Signing up and in through allauth's headless app client, and what the token opens."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client
from pytest_django import Settings

from apps.accounts.models import User
from kit.ids import new_id
from tests.accounts.builders import announced_keys, auth, bearer, log_in, profile_events, sign_up

pytestmark = pytest.mark.django_db

ADA = "ada@example.org"


class TestSignUp:
    def test_answers_tokens_that_open_the_api(self, client: Client) -> None:
        answer = sign_up(client, ADA)

        assert answer.status_code == 200
        meta = answer.json()["meta"]
        assert meta["is_authenticated"]
        assert meta["refresh_token"]
        me = client.get("/api/v1/me", headers=bearer(meta["access_token"]))
        assert me.status_code == 200
        assert me.json()["email"] == ADA
        assert me.json()["handle"] == "ada"

    def test_makes_the_profile_with_its_one_event(self, client: Client) -> None:
        answer = sign_up(client, ADA)

        user_id = answer.json()["data"]["user"]["id"]
        assert [event["data"] for event in profile_events()] == [
            {"user_id": user_id, "handle": "ada"}
        ]

    @pytest.mark.parametrize(
        ("email", "password"),
        [("no address", "correct-horse-battery"), (ADA, "short"), (ADA, "password1234")],
    )
    def test_refuses_what_is_no_address_or_a_weak_password(
        self, client: Client, email: str, password: str
    ) -> None:
        answer = sign_up(client, email, password)

        assert answer.status_code == 400
        assert not User.objects.exists()

    def test_refuses_an_address_that_is_taken_in_any_case(self, client: Client) -> None:
        sign_up(client, ADA)

        again = sign_up(Client(), "ADA@example.org", "another-good-one")

        assert again.status_code == 400
        assert [error["code"] for error in again.json()["errors"]] == ["email_taken"]
        assert User.objects.count() == 1

    def test_stands_when_the_mail_server_is_away(self, client: Client, settings: Settings) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

        answer = sign_up(client, ADA)

        assert answer.status_code == 200
        assert mail.outbox == []

    @pytest.mark.waits
    @pytest.mark.usefixtures("documents_away")
    def test_stands_when_the_document_server_is_away(self, client: Client) -> None:
        answer = sign_up(client, ADA)

        assert answer.status_code == 200
        me = client.get("/api/v1/me", headers=bearer(answer.json()["meta"]["access_token"]))
        assert me.status_code == 503
        assert me.json()["code"] == "documents-unavailable"


class TestLogIn:
    def test_answers_tokens_whatever_the_case_of_the_address(self, client: Client) -> None:
        sign_up(client, ADA)

        answer = log_in(Client(), "Ada@Example.org")

        assert answer.status_code == 200
        assert answer.json()["meta"]["access_token"]
        assert announced_keys() == []

    @pytest.mark.parametrize("email", [ADA, "nobody@example.org"])
    def test_refuses_a_wrong_password_and_a_stranger_alike(
        self, client: Client, email: str
    ) -> None:
        sign_up(client, ADA)

        answer = log_in(Client(), email, "not-the-password")

        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == "email_password_mismatch"


class TestRefresh:
    def test_rotates_and_takes_each_token_once(self, client: Client) -> None:
        first = sign_up(client, ADA).json()["meta"]["refresh_token"]

        answer = auth(Client(), "tokens/refresh", refresh_token=first)

        assert answer.status_code == 200
        data = answer.json()["data"]
        assert data["refresh_token"] != first
        assert client.get("/api/v1/me", headers=bearer(data["access_token"])).status_code == 200
        assert auth(Client(), "tokens/refresh", refresh_token=first).status_code == 400
        second = auth(Client(), "tokens/refresh", refresh_token=data["refresh_token"])
        assert second.status_code == 200


class TestToken:
    def test_that_expired_is_a_problem(self, client: Client) -> None:
        token = sign_up(client, ADA).json()["meta"]["access_token"]

        answer = client.get("/api/v1/me", headers=bearer(_resigned(token, exp=1)))

        _assert_unauthorized(answer, "token-expired")

    def test_signed_by_another_key_is_a_problem(self, client: Client) -> None:
        token = sign_up(client, ADA).json()["meta"]["access_token"]
        foreign = rsa.generate_private_key(public_exponent=65537, key_size=2048)

        answer = client.get("/api/v1/me", headers=bearer(_resigned(token, key=foreign)))

        _assert_unauthorized(answer, "token-invalid")

    def test_that_only_refreshes_does_not_open_the_api(self, client: Client) -> None:
        token = sign_up(client, ADA).json()["meta"]["refresh_token"]

        answer = client.get("/api/v1/me", headers=bearer(token))

        _assert_unauthorized(answer, "token-invalid")

    @pytest.mark.parametrize("headers", [{}, bearer(""), bearer("nonsense")])
    def test_missing_or_garbled_is_a_problem(
        self, client: Client, headers: dict[str, str]
    ) -> None:
        answer = client.get("/api/v1/me", headers=headers)

        assert answer.status_code == 401
        assert answer.headers["Content-Type"] == "application/problem+json"

    def test_of_nobody_finds_nobody(self, client: Client) -> None:
        token = sign_up(client, ADA).json()["meta"]["access_token"]

        answer = client.get("/api/v1/me", headers=bearer(_resigned(token, sub=new_id())))

        assert answer.status_code == 404
        assert answer.json()["code"] == "person-not-found"


def _resigned(token: str, *, key: Any = None, **claims: Any) -> str:
    known = jwt.decode(token, options={"verify_signature": False})
    changed = {**known, "exp": int(time.time()) + 60, **claims}
    return jwt.encode(changed, key or django_settings.HEADLESS_JWT_PRIVATE_KEY, algorithm="RS256")


def _assert_unauthorized(answer: Any, code: str) -> None:
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == code
