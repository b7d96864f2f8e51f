"""PushProvider over APNs (developer.apple.com, "Sending notification requests to APNs")."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import jwt
from typing_extensions import override

from apps.notifications.adapters.tokens import Minted, SharedToken
from apps.notifications.adapters.transport import Answer, Http2, Request
from apps.notifications.contracts import Outcome, Verdict
from apps.notifications.errors import ShelfDown
from apps.notifications.ports import Message, Push, PushProvider, TokenShelf
from apps.notifications.rules import answers

# Apple wants a token renewed after 20 to 60 minutes.
FRESH_S: Final = 45 * 60
YOUNG_S: Final = 20 * 60
LASTS_S: Final = 59 * 60
_EXPIRED: Final = "ExpiredProviderToken"


@dataclass(slots=True, kw_only=True)
class Apns(PushProvider):
    """Sends alerts with a provider token (ES256).

    base_url takes the addresses of released apps, sandbox_url those of development builds; where
    it is empty, base_url takes both. `key_file` is the .p8 Apple hands out, `topic` the bundle id.
    """

    base_url: str
    key_file: str
    key_id: str
    team_id: str
    topic: str
    shelf: TokenShelf
    sandbox_url: str = ""
    ca_file: str = ""
    timeout_s: float = 15.0
    _http: Http2 = field(init=False, repr=False)
    _token: SharedToken = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._http = Http2(ca_file=self.ca_file, timeout_s=self.timeout_s)
        self._token = SharedToken(
            name=f"apns:{self.team_id}:{self.key_id}",
            shelf=self.shelf,
            mint=functools.partial(mint, self.key_file, self.key_id, self.team_id),
            fresh_s=FRESH_S,
            young_s=YOUNG_S,
        )

    @override
    def send(self, batch: Sequence[Push]) -> list[Outcome]:
        try:
            token = self._token.get()
        except ShelfDown as down:
            return [Outcome(verdict=Verdict.UNPROCESSED, reason=str(down))] * len(batch)
        except (OSError, ValueError, jwt.PyJWTError) as bad_key:
            why = f"{self.key_file}: {bad_key}"
            return [Outcome(verdict=Verdict.CREDENTIALS, reason=why)] * len(batch)
        bodies: dict[tuple[Message, bool], bytes] = {}
        for push in batch:
            kind = (push.message, push.passive)
            if kind not in bodies:
                bodies[kind] = encode(*kind)
        requests = [
            self._request(push, bodies[push.message, push.passive], token) for push in batch
        ]
        outcomes = [_judge(answer) for answer in self._http.exchange(requests)]
        return self._hear_refusals(outcomes, token)

    def _request(self, push: Push, body: bytes, token: str) -> Request:
        is_sandbox = push.env == "sandbox" and self.sandbox_url
        host = self.sandbox_url if is_sandbox else self.base_url
        return Request(
            url=f"{host}/3/device/{push.address}",
            headers=(
                f"authorization: bearer {token}",
                f"apns-topic: {self.topic}",
                "apns-push-type: alert",
                f"apns-priority: {5 if push.passive else 10}",
                f"apns-id: {push.push_id}",
                f"apns-collapse-id: {push.message.collapse_id}",
                f"apns-expiration: {int(push.message.expires_at.timestamp())}",
                "content-type: application/json",
            ),
            body=body,
        )

    def _hear_refusals(self, outcomes: list[Outcome], token: str) -> list[Outcome]:
        """Renew an expired token, if it is old enough to be: else it is a clock, and a person."""
        is_expired = any(outcome.reason == _EXPIRED for outcome in outcomes)
        if not is_expired or not self._token.refused(token):
            return outcomes
        again = Outcome(verdict=Verdict.RETRY, reason=_EXPIRED)
        return [again if outcome.reason == _EXPIRED else outcome for outcome in outcomes]


def mint(key_file: str, key_id: str, team_id: str) -> Minted:
    """Sign a provider token (RFC 7519); `iat` is a number of seconds."""
    claims = {"iss": team_id, "iat": int(time.time())}
    key = Path(key_file).read_text()
    return Minted(jwt.encode(claims, key, algorithm="ES256", headers={"kid": key_id}), LASTS_S)


def encode(message: Message, passive: bool) -> bytes:  # noqa: FBT001 (a key of the body)
    """Return the request body, the same for every device that is shown this message."""
    return json.dumps(payload(message, passive=passive), ensure_ascii=False).encode()


def payload(message: Message, *, passive: bool) -> dict[str, object]:
    aps: dict[str, object] = {
        "alert": {"title": message.title, "body": message.body},
        "thread-id": message.thread_id,
        "interruption-level": "passive" if passive else "active",
    }
    if not passive:
        aps["sound"] = "default"
    return {**message.data, "n": message.collapse_id, "aps": aps}


def _judge(answer: Answer) -> Outcome:
    if not answer.status:
        return answers.lost(answer.curl_code, has_started=answer.has_started)
    return answers.apns(answer.status, answer.body, answer.retry_after_s)
