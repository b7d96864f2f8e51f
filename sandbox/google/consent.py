"""The consent page at /o/oauth2/v2/auth: what a person sees, and the redirect that follows.

A browser shows it; a program may POST the same form (`decision=allow` or `deny`, and the optional
`granted` scopes) to the same address, query string and all.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sandbox.credentials import Credentials
from sandbox.google.errors import consent_error
from sandbox.google.grants import CODE_LIVES_S, Code, Grants
from sandbox.ledger import Consent, note
from sandbox.standin import unknown_parameters

SCOPE = "https://www.googleapis.com/auth/"
SCOPES = frozenset(
    f"{SCOPE}{name}"
    for name in ("youtube", "youtube.upload", "youtube.readonly", "youtube.force-ssl")
)
ACCOUNT = "creator@example.com"

_KNOWN = frozenset(
    [
        "client_id",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
        "code_challenge",
        "code_challenge_method",
        "access_type",
        "prompt",
        "include_granted_scopes",
        "login_hint",
        "hl",
    ]
)
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Desk:
    """Judges authorization requests. Without `redirect_uris`, loopback is allowed on any port."""

    credentials: Credentials
    grants: Grants
    redirect_uris: Sequence[str] = ()

    async def show(self, request: Request) -> Response:
        """GET: the page with its two buttons."""
        asked = self._judge(request)
        note(request.scope, asked)
        return HTMLResponse(_page(request, asked))

    async def decide(self, request: Request) -> Response:
        """POST: back to the app with a code, or with `access_denied`."""
        asked = self._judge(request)
        form = await request.form()
        decision = str(form.get("decision", ""))
        if decision not in {"allow", "deny"}:
            raise consent_error("invalid_request", "Choose: decision=allow or decision=deny")
        ticked = tuple(str(scope) for scope in form.getlist("granted"))
        scopes = ticked if "granular" in form else asked.scopes
        if not set(scopes) <= set(asked.scopes):
            raise consent_error("invalid_scope", "A scope was granted that was not asked for")
        note(
            request.scope,
            Consent(
                client_id=asked.client_id,
                redirect_uri=asked.redirect_uri,
                scopes=scopes,
                decision=decision,
            ),
        )
        state = {"state": request.query_params["state"]}
        if decision == "deny" or not scopes:
            return _back(asked.redirect_uri, {"error": "access_denied", **state})
        code = self.grants.add_code(_code(request, asked, scopes))
        return _back(asked.redirect_uri, {**state, "code": code, "scope": " ".join(scopes)})

    def _judge(self, request: Request) -> Consent:
        """Refuse what Google would refuse, and what leaves an app open (no state, no PKCE)."""
        query = request.query_params
        extra = unknown_parameters(request, _KNOWN)
        if extra:
            raise consent_error("invalid_request", f"Unknown parameter: {extra[0]}")
        if query.get("client_id") != self.credentials.google_client_id:
            raise consent_error("invalid_client", "The OAuth client was not found.")
        redirect_uri = query.get("redirect_uri", "")
        if not self._registered(redirect_uri):
            raise consent_error("redirect_uri_mismatch", f"Not registered: {redirect_uri}")
        if query.get("response_type") != "code":
            raise consent_error("unsupported_response_type", "response_type must be code")
        scopes = tuple(query.get("scope", "").split())
        if not scopes or not set(scopes) <= SCOPES:
            raise consent_error("invalid_scope", "Some requested scopes were invalid.")
        _judge_protection(request)
        return Consent(client_id=query["client_id"], redirect_uri=redirect_uri, scopes=scopes)

    def _registered(self, uri: str) -> bool:
        if self.redirect_uris:
            return uri in self.redirect_uris
        try:
            parts = urlsplit(uri)
        except ValueError:
            return False
        loopback = parts.hostname in {"127.0.0.1", "localhost"}
        return parts.scheme == "http" and loopback and not parts.fragment


def _judge_protection(request: Request) -> None:
    query = request.query_params
    if not query.get("state"):
        raise consent_error("invalid_request", "Missing parameter: state")
    if query.get("code_challenge_method") != "S256":
        raise consent_error("invalid_request", "code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(query.get("code_challenge", "")):
        raise consent_error("invalid_request", "Missing or malformed code_challenge")
    if query.get("access_type", "online") not in {"online", "offline"}:
        raise consent_error("invalid_request", "access_type must be online or offline")


def _code(request: Request, asked: Consent, scopes: tuple[str, ...]) -> Code:
    query = request.query_params
    return Code(
        client_id=asked.client_id,
        redirect_uri=asked.redirect_uri,
        challenge=query["code_challenge"],
        account=query.get("login_hint") or ACCOUNT,
        scopes=scopes,
        offline=query.get("access_type") == "offline",
        forced="consent" in query.get("prompt", "").split(),
        expires_at=time.time() + CODE_LIVES_S,
    )


def _back(redirect_uri: str, parameters: dict[str, str]) -> Response:
    joint = "&" if urlsplit(redirect_uri).query else "?"
    return RedirectResponse(f"{redirect_uri}{joint}{urlencode(parameters)}", status_code=302)


def _page(request: Request, asked: Consent) -> str:
    account = html.escape(request.query_params.get("login_hint") or ACCOUNT)
    boxes = "".join(
        f'<li><label><input type="checkbox" name="granted" value="{scope}" checked> '
        f"{html.escape(scope.removeprefix(SCOPE))}</label>"
        for scope in asked.scopes
    )
    action = html.escape(f"?{request.url.query}")
    return (
        '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">'
        "<title>Sign in (sandbox)</title><h1>Showrunner wants access to your YouTube channel</h1>"
        f"<p>Signed in as <b>{account}</b>. This page stands in for Google's.</p>"
        f'<form method="post" action="{action}"><ul>{boxes}</ul>'
        '<input type="hidden" name="granular" value="1">'
        '<button name="decision" value="allow">Allow</button> '
        '<button name="decision" value="deny">Deny</button></form></html>'
    )
