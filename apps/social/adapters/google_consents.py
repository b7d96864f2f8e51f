"""Google's OAuth 2.0 for web servers, by google-auth-oauthlib and google-auth."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow
from oauthlib.oauth2 import MissingTokenError, OAuth2Error

from apps.social.errors import ConsentRefused, GrantLost, YouTubeDown
from apps.social.ports import SCOPES, Grant, Invitation

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
# What a refresh answers when only the creator can help. `invalid_client` is not among them:
# a wrong secret of ours must not end every connection.
CONSENT_IS_GONE: Final = frozenset(
    {"invalid_grant", "admin_policy_enforced", "access_denied", "invalid_scope"}
)
_SERVER_FAULT: Final = 500


@dataclass(frozen=True, kw_only=True)
class GoogleConsents:
    """The half of the adapter that asks for consent."""

    client_id: str
    client_secret: str
    auth_url: str
    token_url: str
    revoke_url: str
    root_url: str
    timeout_s: float = 60.0

    def __post_init__(self) -> None:
        # oauthlib refuses http unless the process says so, and knows no narrower switch. So it
        # is thrown only for a stand-in on this machine; production refuses such an address.
        parts = urlsplit(self.token_url)
        if parts.scheme == "http" and parts.hostname in LOOPBACK:
            os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

    def invite(self, *, state: str, redirect_url: str) -> Invitation:
        flow = Flow.from_client_config(self._client(), list(SCOPES), redirect_uri=redirect_url)
        with flow.oauth2session:
            # Without prompt=consent a second consent brings no refresh token.
            url, _state = flow.authorization_url(state=state, prompt="consent")
        return Invitation(url=url, verifier=flow.code_verifier)

    def exchange(self, *, code: str, verifier: str, redirect_url: str) -> Grant:
        # No scopes here: oauthlib raises a bare Warning where the creator unticked one, unless a
        # process-wide variable forbids it. What was granted is judged by the caller.
        flow = Flow.from_client_config(
            self._client(), None, redirect_uri=redirect_url, code_verifier=verifier
        )
        with flow.oauth2session as session:
            session.register_compliance_hook("access_token_response", _answered)
            try:
                token: dict[str, Any] = flow.fetch_token(code=code, timeout=self.timeout_s)
            except (requests.RequestException, MissingTokenError) as broken:
                raise YouTubeDown(why=type(broken).__name__) from None
            except OAuth2Error as refused:
                raise ConsentRefused(why=refused.error) from None
        return Grant(
            access_token=token["access_token"],
            refresh_token=token.get("refresh_token", ""),
            expires_at=datetime.fromtimestamp(token["expires_at"], UTC),
            scopes=tuple(token.get("scope", SCOPES)),  # RFC 6749 §5.1: left out where unchanged
        )

    def refresh(self, refresh_token: str) -> Grant:
        credentials = Credentials(  # type: ignore[no-untyped-call]
            None,
            refresh_token=refresh_token,
            token_uri=self.token_url,
            client_id=self.client_id,
            client_secret=self.client_secret,
        )
        with requests.Session() as session:
            ask = partial(Request(session), timeout=self.timeout_s)
            try:
                credentials.refresh(ask)  # type: ignore[no-untyped-call]
            except RefreshError as refused:
                raise _lost(refused) from None
            except GoogleAuthError as broken:
                raise YouTubeDown(why=type(broken).__name__) from None
        expires_at: datetime = credentials.expiry  # type: ignore[assignment] # set by a refresh
        return Grant(
            access_token=str(credentials.token),
            refresh_token=str(credentials.refresh_token),
            expires_at=expires_at.replace(tzinfo=UTC),
            scopes=tuple(credentials.granted_scopes or ()),
        )

    def revoke(self, refresh_token: str) -> None:
        try:
            answer = requests.post(
                self.revoke_url, data={"token": refresh_token}, timeout=self.timeout_s
            )
        except requests.RequestException as broken:
            raise YouTubeDown(why=type(broken).__name__) from None
        # 400 invalid_token: the creator, or an earlier try of ours, has revoked it already.
        if not answer.ok and "invalid_token" not in answer.text:
            raise YouTubeDown(why=f"revoke answered {answer.status_code}")

    def _client(self) -> dict[str, dict[str, str]]:
        return {
            "web": {
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "auth_uri": self.auth_url,
                "token_uri": self.token_url,
            }
        }


def _answered(answer: requests.Response) -> requests.Response:
    """Tell a broken token endpoint from one that says no, before oauthlib parses its page."""
    if answer.status_code >= _SERVER_FAULT:
        raise requests.HTTPError(response=answer)
    return answer


def _lost(refused: RefreshError) -> GrantLost | YouTubeDown:
    said = refused.args[1] if len(refused.args) > 1 and isinstance(refused.args[1], dict) else {}
    error = str(said.get("error", ""))
    if error in CONSENT_IS_GONE and not refused.retryable:
        return GrantLost(why=error)
    return YouTubeDown(why=error or "the refresh failed")
