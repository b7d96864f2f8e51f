"""POST /token in its three grants, POST /revoke and GET /tokeninfo.

Client credentials come by HTTP Basic (as oauthlib sends them on exchange) or in the form (as
google-auth sends them on refresh); both are Google's.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote_plus

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.credentials import Credentials
from sandbox.google.consent import SCOPE
from sandbox.google.errors import oauth_error
from sandbox.google.grants import TOKEN_LIVES_S, Grants, Refresh, challenge_of
from sandbox.ledger import Grant, note

# google-auth names the real endpoint whatever token_uri says; other libraries name token_uri.
AUDIENCE = "https://oauth2.googleapis.com/token"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SERVICE_SCOPES = frozenset(
    f"{SCOPE}{name}"
    for name in (
        "cloud-platform",
        "datastore",
        "devstorage.read_write",
        "firebase",
        "firebase.messaging",
        "identitytoolkit",
        "userinfo.email",
    )
)

Form = dict[str, str]


@dataclass(frozen=True)
class Tokens:
    """The token endpoints of one sandbox."""

    credentials: Credentials
    grants: Grants
    token_uri: str

    async def token(self, request: Request) -> Response:
        """POST /token: dispatch on grant_type."""
        form = {name: str(value) for name, value in (await request.form()).multi_items()}
        grants: dict[str, Callable[[Request, Form], Response]] = {
            "authorization_code": self._exchange,
            "refresh_token": self._refresh,
            JWT_BEARER: self._assert,
        }
        kind = form.get("grant_type", "")
        note(request.scope, Grant(grant_type=kind))
        if kind not in grants:
            raise oauth_error("unsupported_grant_type", f"Invalid grant_type: {kind}")
        return grants[kind](request, form)

    async def revoke(self, request: Request) -> Response:
        """POST /revoke, `token` in the form or the query."""
        form = await request.form()
        token = str(form.get("token") or request.query_params.get("token", ""))
        note(request.scope, Grant(grant_type="revoke"))
        if not self.grants.revoke(token):
            raise oauth_error("invalid_token", "Token expired or revoked")
        return JSONResponse({})

    async def tokeninfo(self, request: Request) -> Response:
        """GET /tokeninfo: what an `access_token` is good for."""
        access = self.grants.bearer(request.query_params.get("access_token", ""))
        note(request.scope, Grant(grant_type="tokeninfo"))
        if access is None:
            raise oauth_error("invalid_token", "Invalid Value")
        return JSONResponse(
            {
                "azp": access.client_id,
                "aud": access.client_id,
                "scope": " ".join(access.scopes),
                "exp": str(int(access.expires_at)),
                "expires_in": str(int(access.expires_at - time.time())),
                "access_type": "offline" if access.refresh_token else "online",
            }
        )

    def _exchange(self, request: Request, form: Form) -> Response:
        client_id = self._client(request, form)
        code = self.grants.take_code(form.get("code", ""))
        if code is None or code.client_id != client_id:
            raise oauth_error("invalid_grant", "Malformed auth code.")
        if form.get("redirect_uri") != code.redirect_uri:
            raise oauth_error("redirect_uri_mismatch", "Bad Request")
        verifier = form.get("code_verifier")
        if not verifier:
            raise oauth_error("invalid_grant", "Missing code verifier.")
        if not _same(challenge_of(verifier), code.challenge):
            raise oauth_error("invalid_grant", "Invalid code verifier.")
        first = not self.grants.has_granted(code.account, client_id)
        grant = Refresh(account=code.account, client_id=client_id, scopes=code.scopes)
        # Google hands a refresh token to offline clients, on the first consent or a forced one.
        lasting = code.offline and (first or code.forced)
        refresh_token = self.grants.issue_refresh(grant) if lasting else None
        return self._issue(request, "authorization_code", grant, refresh_token, new=True)

    def _refresh(self, request: Request, form: Form) -> Response:
        client_id = self._client(request, form)
        token = form.get("refresh_token", "")
        grant = self.grants.refresh.get(token)
        if grant is None or grant.client_id != client_id:
            raise oauth_error("invalid_grant", "Token has been expired or revoked.")
        asked = tuple(form.get("scope", "").split())
        if not set(asked) <= set(grant.scopes):
            raise oauth_error("invalid_scope", "Some requested scopes were not granted.")
        return self._issue(request, "refresh_token", grant, token, new=False)

    def _issue(
        self, request: Request, kind: str, grant: Refresh, refresh_token: str | None, *, new: bool
    ) -> Response:
        token = self.grants.issue(
            account=grant.account,
            client_id=grant.client_id,
            scopes=grant.scopes,
            refresh_token=refresh_token,
        )
        note(request.scope, Grant(grant_type=kind, account=grant.account, scopes=grant.scopes))
        body: dict[str, object] = {
            "access_token": token,
            "expires_in": TOKEN_LIVES_S,
            "scope": " ".join(grant.scopes),
            "token_type": "Bearer",
        }
        if new and refresh_token:
            body["refresh_token"] = refresh_token
        return JSONResponse(body, headers={"cache-control": "no-store"})

    def _assert(self, request: Request, form: Form) -> Response:
        """RFC 7523 as service accounts use it: an RS256 assertion for an hour's token."""
        email, key = self._service_account
        try:
            claims = jwt.decode(
                form.get("assertion", ""),
                key,
                algorithms=["RS256"],
                audience=[AUDIENCE, self.token_uri],
                issuer=email,
                leeway=60,
                options={"require": ["iat", "exp", "aud", "iss"]},
            )
        except jwt.InvalidSignatureError as bad:
            raise oauth_error("invalid_grant", "Invalid JWT Signature.") from bad
        except jwt.InvalidTokenError as bad:
            raise oauth_error("invalid_grant", f"Invalid JWT: {bad}") from bad
        scopes = _service_scopes(claims)
        token = self.grants.issue(account=email, client_id=email, scopes=scopes)
        note(request.scope, Grant(grant_type=JWT_BEARER, account=email, scopes=scopes))
        return JSONResponse(
            {"access_token": token, "expires_in": TOKEN_LIVES_S, "token_type": "Bearer"}
        )

    @cached_property
    def _service_account(self) -> tuple[str, RSAPublicKey]:
        account = json.loads(self.credentials.fcm_service_account_file.read_bytes())
        key = load_pem_private_key(account["private_key"].encode(), None)
        if not isinstance(key, RSAPrivateKey):
            raise TypeError("the service account's key is not RSA")
        return account["client_email"], key.public_key()

    def _client(self, request: Request, form: Form) -> str:
        """Authenticate the client; `client_secret_basic` wins over the form.

        Raises:
            Refusal: 401 invalid_client.

        """
        given = _basic(request.headers.get("authorization", "")) or (
            form.get("client_id", ""),
            form.get("client_secret", ""),
        )
        client_id, secret = given
        if client_id != self.credentials.google_client_id:
            raise oauth_error("invalid_client", "The OAuth client was not found.", 401)
        if not _same(secret, self.credentials.google_client_secret):
            raise oauth_error("invalid_client", "The provided client secret is invalid.", 401)
        return client_id


def _same(given: str, kept: str) -> bool:
    """Constant-time, and safe for what is not ASCII."""
    return hmac.compare_digest(given.encode(), kept.encode())


def _service_scopes(claims: dict[str, Any]) -> tuple[str, ...]:
    if claims["exp"] - claims["iat"] > 3600:  # noqa: PLR2004 - Google's bound, in seconds
        raise oauth_error("invalid_grant", "Invalid JWT: exp is more than an hour after iat")
    scopes = tuple(str(claims.get("scope", "")).split())
    if not scopes or not set(scopes) <= SERVICE_SCOPES:
        raise oauth_error("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    return scopes


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as bad:
        raise oauth_error("invalid_client", "Malformed Basic credentials.", 401) from bad
    return unquote_plus(name), unquote_plus(secret)
