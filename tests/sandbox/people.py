"""A creator who consents by the real OAuth client library, and what follows from it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import google.auth.credentials
import google_auth_oauthlib.flow
import pytest
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials
from google.oauth2.service_account import Credentials as ServiceAccount

from sandbox import client
from sandbox.google.consent import SCOPE
from sandbox.threaded import StandIns

UPLOAD = f"{SCOPE}youtube.upload"
READONLY = f"{SCOPE}youtube.readonly"
REDIRECT = "http://127.0.0.1:8000/api/v1/youtube/callback"


def a_flow(stand_ins: StandIns, *scopes: str) -> google_auth_oauthlib.flow.Flow:
    config = json.loads(stand_ins.credentials.google_client_file.read_text())
    return google_auth_oauthlib.flow.Flow.from_client_config(
        config, list(scopes) or [UPLOAD, READONLY], redirect_uri=REDIRECT
    )


def decide(url: str, decision: str = "allow", **form: object) -> dict[str, str]:
    """Press a button of the consent page; answers the query the app is called back with."""
    query = parse_qs(urlsplit(client.decide(url, decision, **form)).query)
    return {name: values[0] for name, values in query.items()}


def a_creator(
    stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch, *scopes: str, account: str = "ana@x.org"
) -> Credentials:
    """Somebody who went through the whole code flow with PKCE."""
    # oauthlib refuses http:// without it; the stand-in has no TLS, as nothing leaves the machine.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    flow = a_flow(stand_ins, *scopes)
    url, _ = flow.authorization_url(prompt="consent", login_hint=account)
    flow.fetch_token(code=decide(url)["code"])
    credentials: Credentials = flow.credentials
    return credentials


def refresh(credentials: google.auth.credentials.Credentials) -> str:
    """Have google-auth ask for a new access token."""
    credentials.refresh(Request())  # type: ignore[no-untyped-call]
    return str(credentials.token)


def a_service_account(stand_ins: StandIns, scope: str) -> ServiceAccount:
    """The FCM service account, as google-auth holds it."""
    file = str(stand_ins.credentials.fcm_service_account_file)
    load = ServiceAccount.from_service_account_file
    account: ServiceAccount = load(file, scopes=[scope])  # type: ignore[no-untyped-call]
    return account


def bearer(credentials: Credentials) -> dict[str, str]:
    return {"authorization": f"Bearer {credentials.token}"}


def last(entries: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """The newest ledger entry of a kind."""
    return [entry for entry in entries if entry["kind"] == kind][-1]
