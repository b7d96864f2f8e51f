"""What people and service accounts have granted: codes, access tokens, refresh tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sandbox.credentials import write

CODE_LIVES_S = 600
TOKEN_LIVES_S = 3599
MAX_REFRESH_TOKENS = 100  # live ones per account and client; the oldest dies silently
_MAX_TOKENS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """An authorization code as it waits to be exchanged, once."""

    client_id: str
    redirect_uri: str
    challenge: str
    account: str
    scopes: tuple[str, ...]
    offline: bool
    forced: bool
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """A bearer token: who granted what to whom, until when (epoch seconds)."""

    account: str
    client_id: str
    scopes: tuple[str, ...]
    expires_at: float
    refresh_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """A refresh token's grant; it survives a restart of the stand-in."""

    account: str
    client_id: str
    scopes: tuple[str, ...]


@dataclass(slots=True)
class Grants:
    """Every live grant. Only refresh tokens are written down."""

    file: Path
    codes: dict[str, Code] = field(default_factory=dict)
    access: dict[str, Access] = field(default_factory=dict)
    refresh: dict[str, Refresh] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.file.exists():
            kept = json.loads(self.file.read_bytes())
            for token, grant in kept.items():
                self.refresh[token] = Refresh(**{**grant, "scopes": tuple(grant["scopes"])})

    def add_code(self, code: Code) -> str:
        """Keep a code until it is exchanged or ten minutes old."""
        self.codes = {key: old for key, old in self.codes.items() if old.expires_at > time.time()}
        name = f"4/0A{secrets.token_urlsafe(48)}"
        self.codes[name] = code
        return name

    def take_code(self, name: str) -> Code | None:
        """A code works once, and for ten minutes."""
        code = self.codes.pop(name, None)
        return code if code and code.expires_at > time.time() else None

    def issue(
        self,
        *,
        account: str,
        client_id: str,
        scopes: tuple[str, ...],
        refresh_token: str | None = None,
    ) -> str:
        """A new access token, good for an hour."""
        now = time.time()
        if len(self.access) >= _MAX_TOKENS:
            self.access = {key: old for key, old in self.access.items() if old.expires_at > now}
        token = f"ya29.a0{secrets.token_urlsafe(64)}"
        self.access[token] = Access(
            account=account,
            client_id=client_id,
            scopes=scopes,
            expires_at=now + TOKEN_LIVES_S,
            refresh_token=refresh_token,
        )
        return token

    def issue_refresh(self, grant: Refresh) -> str:
        """A new refresh token; beyond a hundred the oldest of this account dies."""
        mine = [
            token
            for token, old in self.refresh.items()
            if (old.account, old.client_id) == (grant.account, grant.client_id)
        ]
        for token in mine[: len(mine) + 1 - MAX_REFRESH_TOKENS]:
            del self.refresh[token]
        token = f"1//0{secrets.token_urlsafe(64)}"
        self.refresh[token] = grant
        self._keep()
        return token

    def has_granted(self, account: str, client_id: str) -> bool:
        """Has this person consented for this client before?"""
        grants = self.refresh.values()
        return any((old.account, old.client_id) == (account, client_id) for old in grants)

    def bearer(self, token: str) -> Access | None:
        """The grant behind a live access token."""
        access = self.access.get(token)
        return access if access and access.expires_at > time.time() else None

    def revoke(self, token: str) -> bool:
        """End the whole grant a token belongs to: every token of this account for this client."""
        grant = self.refresh.get(token) or self.bearer(token)
        if grant is None:
            return False
        whose = (grant.account, grant.client_id)
        self.refresh = {
            key: old for key, old in self.refresh.items() if (old.account, old.client_id) != whose
        }
        self.access = {
            key: old for key, old in self.access.items() if (old.account, old.client_id) != whose
        }
        self._keep()
        return True

    def forget(self, kind: str) -> None:
        """Kill all `access` or all `refresh` tokens, as an expiry or an angry user would."""
        if kind == "access":
            self.access.clear()
        else:
            self.refresh.clear()
            self._keep()

    def _keep(self) -> None:
        kept = {token: asdict(grant) for token, grant in self.refresh.items()}
        write(self.file, json.dumps(kept).encode())


def challenge_of(verifier: str) -> str:
    """RFC 7636 §4.2, method S256."""
    digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
