"""Provider authentication tokens: ES256 JWTs, an hour's life, few changes.

Rules: https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox.apns.reasons import apns_error
from sandbox.credentials import Credentials

LIVES_S = 3600
WINDOW_S = 1200  # Apple: change tokens no more than once every 20 minutes
SKEW_S = 60
DISTINCT_LIMIT = 10  # Apple does not publish its tolerance; this is ours


@dataclass(slots=True)
class ProviderTokens:
    """Tokens seen, so that each is verified once and a fleet that mints too many is noticed."""

    credentials: Credentials
    limit: int = DISTINCT_LIMIT
    _issued: dict[str, float] = field(default_factory=dict)
    _first_seen: dict[str, float] = field(default_factory=dict)

    def check(self, authorization: str | None) -> None:
        """Judge the header of one request.

        Raises:
            Refusal: 403 Missing-, Invalid-, ExpiredProviderToken; 429 TooManyProviderTokenUpdates.

        """
        scheme, _, token = (authorization or "").partition(" ")
        if not token or scheme.lower() != "bearer":
            raise apns_error(403, "MissingProviderToken")
        now = time.time()
        if token not in self._issued:
            issued = self._verify(token)
            self._count(token, now)
            self._issued[token] = issued
        issued = self._issued[token]
        if issued > now + SKEW_S:
            raise apns_error(403, "InvalidProviderToken")
        if issued < now - LIVES_S:
            raise apns_error(403, "ExpiredProviderToken")

    def forget(self) -> None:
        self._issued.clear()
        self._first_seen.clear()

    def _verify(self, token: str) -> float:
        key = load_pem_private_key(self.credentials.apns_key_file.read_bytes(), None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise TypeError("the APNs key is not an elliptic curve key")
        try:
            header = jwt.get_unverified_header(token)
            claims = jwt.decode(
                token,
                key.public_key(),
                algorithms=["ES256"],
                options={"verify_iat": False, "verify_exp": False},
            )
        except jwt.InvalidTokenError as bad:
            raise apns_error(403, "InvalidProviderToken") from bad
        issued = claims.get("iat")
        ours = (
            header.get("kid") == self.credentials.apns_key_id
            and claims.get("iss") == self.credentials.apns_team_id
        )
        # A number, not a numeric string, and not True, which Python takes for one.
        if not ours or isinstance(issued, bool) or not isinstance(issued, int | float):
            raise apns_error(403, "InvalidProviderToken")
        return float(issued)

    def _count(self, token: str, now: float) -> None:
        seen = {old: at for old, at in self._first_seen.items() if at > now - WINDOW_S}
        self._issued = {old: at for old, at in self._issued.items() if at > now - 2 * LIVES_S}
        self._first_seen = seen
        if len(seen) >= self.limit:
            raise apns_error(429, "TooManyProviderTokenUpdates")
        seen[token] = now
