"""Who is let in by which token, and what the others are told."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from gateway.authentication import MAX_TOKEN_CHARS, TokenExpired, TokenInvalid, identify
from kit.ids import new_id
from tests.gateway.builders import (
    a_foreign_key,
    a_token,
    claims,
    signed_by_our_key,
    without,
)

PATH = "/api/v1/broadcasts"


def get(token: str) -> Any:
    return Client().get(PATH, headers={"Authorization": f"Bearer {token}"})


class TestIdentify:
    def test_names_the_caller_of_a_token_of_ours(self) -> None:
        ada = new_id()

        caller = identify(f"Bearer {a_token(ada)}")

        assert caller is not None
        assert (caller.pk, caller.is_authenticated) == (ada, True)

    def test_asks_the_database_nothing(
        self, db: None, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        header = f"Bearer {a_token(new_id())}"

        with django_assert_num_queries(0):
            first, second = identify(header), identify(header)

        assert first is second

    @pytest.mark.parametrize("header", ["", "Basic YTpi", "Token x"])
    def test_leaves_other_schemes_to_others(self, header: str) -> None:
        assert identify(header) is None

    def test_takes_the_scheme_in_any_case(self) -> None:
        assert identify(f"bearer {a_token(new_id())}") is not None

    def test_checks_the_end_of_a_remembered_token_again(self) -> None:
        header = f"Bearer {a_token(new_id(), expires_in=60)}"
        remembered = identify(header)

        with pytest.raises(TokenExpired):
            identify(header, now=time.time() + 61)

        assert remembered is not None

    def test_refuses_a_token_without_an_end(self) -> None:
        endless = signed_by_our_key(without(claims(), "exp"))

        with pytest.raises(TokenInvalid):
            identify(f"Bearer {endless}")

    def test_refuses_to_look_at_an_endless_token(self) -> None:
        with pytest.raises(TokenInvalid):
            identify("Bearer " + "x" * (MAX_TOKEN_CHARS + 1))


class TestBearerAuthentication:
    def test_lets_a_caller_in(self) -> None:
        assert get(a_token(new_id())).status_code == 200

    def test_tells_an_expired_token_from_a_wrong_one(self) -> None:
        answer = get(a_token(new_id(), expires_in=-1))

        assert (answer.status_code, answer.json()["code"]) == (401, "token-expired")
        assert answer["WWW-Authenticate"].startswith("Bearer")
        assert answer["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize(
        "token",
        [
            pytest.param(jwt.encode(claims(), a_foreign_key(), "RS256"), id="foreign key"),
            pytest.param(
                jwt.encode(claims(expires_in=-1), a_foreign_key(), "RS256"),
                id="foreign key and expired",
            ),
            pytest.param(jwt.encode(claims(), "", "none"), id="no signature"),
            pytest.param(jwt.encode(claims(), "x" * 32, "HS256"), id="another algorithm"),
            pytest.param("a.b.c", id="garbage"),
            pytest.param("", id="empty"),
        ],
    )
    def test_refuses_what_we_did_not_sign(self, token: str) -> None:
        answer = get(token)

        assert (answer.status_code, answer.json()["code"]) == (401, "token-invalid")
        assert answer["WWW-Authenticate"].startswith("Bearer")

    def test_refuses_our_public_key_as_a_shared_secret(self) -> None:
        public = a_public_pem()
        header = jwt.utils.base64url_encode(b'{"alg":"HS256","typ":"JWT"}')
        body = jwt.utils.base64url_encode(str(claims()).replace("'", '"').encode())
        signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
            header + b"." + body, public
        )
        forged = b".".join([header, body, jwt.utils.base64url_encode(signature)]).decode()

        answer = get(forged)

        assert (answer.status_code, answer.json()["code"]) == (401, "token-invalid")

    def test_refuses_a_refresh_token(self) -> None:
        answer = get(a_token(new_id(), use="refresh"))

        assert (answer.status_code, answer.json()["code"]) == (401, "token-invalid")

    def test_asks_for_a_token_where_there_is_none(self) -> None:
        answer = Client().get(PATH)

        assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")
        assert answer["WWW-Authenticate"].startswith("Bearer")


def a_public_pem() -> bytes:
    private = serialization.load_pem_private_key(
        settings.HEADLESS_JWT_PRIVATE_KEY.encode(), password=None
    )
    return private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
