"""Who calls: the access token of allauth headless, verified without a query.

An access token lives for fifteen minutes and is accepted as it is until then: revoking a session
ends the refresh, not the running token. That is the price of a hot path that asks no database;
what must end at once (a removed viewer, a rotated key) is checked where it is used.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, ClassVar, Final

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from typing_extensions import override

from kit.caches import purgeable

SCHEME: Final = "bearer"
CHALLENGE: Final = 'Bearer realm="showrunner"'
MAX_TOKEN_CHARS: Final = 4_096
# Tokens a process remembers as verified: RS256 costs about 40 µs, a look-up below one.
REMEMBERED: Final = 4_096


class TokenInvalid(AuthenticationFailed):
    """Not signed by us, not an access token, or no token at all."""

    default_code = "token-invalid"
    default_detail = "This access token is not valid."
    auth_header = f'{CHALLENGE}, error="invalid_token"'


class TokenExpired(AuthenticationFailed):
    """Was ours; the phone refreshes and asks again."""

    default_code = "token-expired"
    default_detail = "This access token has expired."
    auth_header = f'{CHALLENGE}, error="invalid_token", error_description="expired"'


@dataclass(frozen=True, slots=True)
class Caller:
    """A person as the token names them. Not a User: nothing was asked of the database."""

    pk: str
    expires_at: float
    session: str = ""  # the sign-in the token belongs to, as allauth seals it

    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False
    is_active: ClassVar[bool] = True

    @property
    def id(self) -> str:
        return self.pk


def identify(header: str, *, now: float | None = None) -> Caller | None:
    """Return who an Authorization header names, None where it is no Bearer header.

    Args:
        header: the header's value, empty where there is none.
        now: unix seconds; the clock's where left out.

    Raises:
        TokenInvalid: the token is none of ours.
        TokenExpired: it was, until a moment ago or earlier.

    """
    scheme, _, token = header.partition(" ")
    if scheme.lower() != SCHEME:
        return None
    caller = _verified(token.strip())
    if caller.expires_at <= (time.time() if now is None else now):
        raise TokenExpired
    return caller


@purgeable
@lru_cache(maxsize=REMEMBERED)
def _verified(token: str) -> Caller:
    """Verify once; only successes are remembered, as an exception is not."""
    # allauth imports models, and DRF imports this module while models are still loading
    from allauth.headless.tokens.strategies.jwt.internal import (  # noqa: PLC0415
        validate_access_token,
    )

    if len(token) > MAX_TOKEN_CHARS:
        raise TokenInvalid
    found = validate_access_token(token)
    if found is None:
        raise _refusal(token)
    _lazy_user, claims = found
    session = str(claims.get("sid") or "")
    return Caller(pk=claims["sub"], expires_at=_expiry(claims), session=session)


def _expiry(claims: dict[str, Any]) -> float:
    """Return the moment a token ends; one without an end is none of allauth's."""
    if "exp" not in claims:
        raise TokenInvalid
    return float(claims["exp"])


def _refusal(token: str) -> AuthenticationFailed:
    """Tell an expired token of ours from all others; PyJWT checks the signature first."""
    try:
        jwt.decode(token, _public_key(settings.HEADLESS_JWT_PRIVATE_KEY), algorithms=["RS256"])
    except jwt.ExpiredSignatureError:
        return TokenExpired()
    except jwt.PyJWTError:
        pass
    return TokenInvalid()


@cache
def _public_key(private_pem: str) -> Any:
    return load_pem_private_key(private_pem.encode(), password=None).public_key()


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>` for every API view."""

    @override
    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        caller = identify(request.META.get("HTTP_AUTHORIZATION", ""))
        return None if caller is None else (caller, None)

    @override
    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE
