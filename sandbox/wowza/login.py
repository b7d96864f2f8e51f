"""HTTP Digest (RFC 7616 with MD5 and qop=auth, as the engine offers it) and HTTP Basic."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
import urllib.request
from dataclasses import dataclass, field

from starlette.requests import Request

from sandbox.refusals import Refusal
from sandbox.wowza.envelopes import engine_error

REALM = "Wowza"
NONCE_LIVES_S = 300
_MAX_NONCES = 10_000


@dataclass(slots=True)
class Login:
    """Who may call. `methods` is Server.xml's AuthenticationMethod: digest, basic or both."""

    user: str
    password: str
    methods: tuple[str, ...] = ("digest",)
    _nonces: dict[str, float] = field(default_factory=dict)
    _used: set[tuple[str, str]] = field(default_factory=set)

    def check(self, request: Request) -> None:
        """Let the administrator in.

        Raises:
            Refusal: 401 with a challenge for each method that is on.

        """
        header = request.headers.get("authorization", "")
        scheme, _, rest = header.partition(" ")
        if scheme.lower() not in self.methods:
            raise self._challenge()
        right = self._digest(request, rest) if scheme.lower() == "digest" else self._basic(rest)
        if not right:
            raise self._challenge()

    def _challenge(self) -> Refusal:
        now = time.time()
        if len(self._nonces) >= _MAX_NONCES:
            self._nonces = {old: end for old, end in self._nonces.items() if end > now}
            self._used = {pair for pair in self._used if pair[0] in self._nonces}
        nonce = base64.b64encode(secrets.token_bytes(24)).decode()
        self._nonces[nonce] = now + NONCE_LIVES_S
        offers = {
            "digest": f'Digest realm="{REALM}", domain="/", nonce="{nonce}", '
            'algorithm=MD5, qop="auth"',
            "basic": f'Basic realm="{REALM}"',
        }
        return engine_error(
            401, headers={"www-authenticate": ", ".join(offers[name] for name in self.methods)}
        )

    def _basic(self, encoded: str) -> bool:
        try:
            given = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            return False
        return hmac.compare_digest(given, f"{self.user}:{self.password}".encode())

    def _digest(self, request: Request, rest: str) -> bool:
        try:
            given = urllib.request.parse_keqv_list(urllib.request.parse_http_list(rest))
        except (ValueError, IndexError):
            return False
        nonce, count = given.get("nonce", ""), given.get("nc", "")
        if self._nonces.get(nonce, 0) < time.time() or (nonce, count) in self._used:
            return False
        if given.get("username") != self.user or given.get("uri") != _target(request):
            return False
        ha1 = _md5(f"{self.user}:{REALM}:{self.password}")
        ha2 = _md5(f"{request.method}:{given['uri']}")
        parts = (ha1, nonce, count, given.get("cnonce", ""), given.get("qop", ""), ha2)
        if given.get("qop") != "auth":
            return False
        right = hmac.compare_digest(
            _md5(":".join(parts)).encode(), given.get("response", "").encode()
        )
        if right:
            self._used.add((nonce, count))
        return right


def _target(request: Request) -> str:
    """The request target as it stood on the request line, escapes and all."""
    path = bytes(request.scope["raw_path"]).decode("latin-1")
    query = bytes(request.scope["query_string"]).decode("latin-1")
    return path if not query or "?" in path else f"{path}?{query}"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
