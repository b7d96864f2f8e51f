"""PushProvider over FCM HTTP v1 (discovery document `fcm` v1)."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import requests
from google.auth.exceptions import GoogleAuthError, TransportError
from google.auth.transport.requests import Request as GoogleRequest
from google.oauth2.service_account import Credentials
from typing_extensions import override

from apps.notifications.adapters import apns
from apps.notifications.adapters.tokens import Minted, SharedToken
from apps.notifications.adapters.transport import Answer, Http2, Request
from apps.notifications.contracts import Outcome, Verdict
from apps.notifications.errors import ShelfDown
from apps.notifications.ports import Message, Push, PushProvider, TokenShelf
from apps.notifications.rules import answers
from kit.caches import purgeable

SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
TOKEN_TIMEOUT_S: Final = 4
# Google's tokens live an hour; a new one is fetched five minutes before.
LASTS_S: Final = 3600
FRESH_S: Final = LASTS_S - 300
YOUNG_S: Final = 60
_FIELDS: Final = {"fcm_token": "token", "fcm_fid": "fid"}


@dataclass(slots=True, kw_only=True)
class Fcm(PushProvider):
    """Sends data messages to Android and alerts, by way of Firebase, to iOS."""

    base_url: str
    service_account_file: str
    shelf: TokenShelf
    ca_file: str = ""
    timeout_s: float = 15.0
    _http: Http2 = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._http = Http2(ca_file=self.ca_file, timeout_s=self.timeout_s, max_streams=100)

    @override
    def send(self, batch: Sequence[Push]) -> list[Outcome]:
        try:
            account = _read_account(self.service_account_file)
            shared = self._shared(account)
            token = shared.get()
        except (ShelfDown, OSError, ValueError, KeyError, GoogleAuthError) as why:
            return [_no_token(why)] * len(batch)
        url = f"{self.base_url}/v1/projects/{account['project_id']}/messages:send"
        headers = (f"authorization: Bearer {token}", "content-type: application/json")
        sent_at = datetime.now(UTC)
        wire = [
            Request(url=url, headers=headers, body=body) for body in bodies(batch, now=sent_at)
        ]
        outcomes = [_judge(answer, sent_at) for answer in self._http.exchange(wire)]
        if any(outcome.reason == "UNAUTHENTICATED" for outcome in outcomes):
            shared.refused(token)
        return outcomes

    def _shared(self, account: Mapping[str, Any]) -> SharedToken:
        return SharedToken(
            name=f"fcm:{account['client_email']}",
            shelf=self.shelf,
            mint=functools.partial(mint, account, self.ca_file),
            fresh_s=FRESH_S,
            young_s=YOUNG_S,
        )


def mint(account: Mapping[str, Any], ca_file: str) -> Minted:
    """Fetch an access token by the service account's key (RFC 7523)."""
    make: Any = Credentials.from_service_account_info  # google-auth leaves it untyped
    credentials = make(account, scopes=[SCOPE])
    with requests.Session() as session:
        session.verify = ca_file or True
        credentials.refresh(functools.partial(GoogleRequest(session), timeout=TOKEN_TIMEOUT_S))
    return Minted(credentials.token, LASTS_S)


@purgeable
@functools.cache
def _read_account(path: str) -> dict[str, Any]:
    account: dict[str, Any] = json.loads(Path(path).read_text())
    return account


def bodies(batch: Sequence[Push], *, now: datetime) -> list[bytes]:
    """Return a body for each push, encoded once a message and completed by the address.

    Spliced, not encoded: an address of ours holds no character that JSON would escape.
    """
    rests: dict[tuple[Message, bool], bytes] = {}
    whole = []
    for push in batch:
        kind = (push.message, push.passive)
        if kind not in rests:
            rests[kind] = json.dumps(
                rest(push.message, passive=push.passive, now=now), ensure_ascii=False
            )[1:].encode()
        head = f'{{"message":{{"{_FIELDS[push.kind]}":"{push.address}",'.encode()
        whole.append(head + rests[kind] + b"}")
    return whole


def rest(message: Message, *, passive: bool, now: datetime) -> dict[str, object]:
    """Return a message without its address.

    Android gets data only: its app draws the notice, and knows by `n` one it has drawn before.
    """
    left_s = max(0, int((message.expires_at - now).total_seconds()))
    if message.platform == "ios":
        headers = {
            "apns-push-type": "alert",
            "apns-priority": "5" if passive else "10",
            "apns-collapse-id": message.collapse_id,
            "apns-expiration": str(int(message.expires_at.timestamp())),
        }
        return {"apns": {"headers": headers, "payload": apns.payload(message, passive=passive)}}
    return {
        "data": {
            **message.data,
            "title": message.title,
            "body": message.body,
            "thread": message.thread_id,
            "n": message.collapse_id,
            "passive": "1" if passive else "0",
        },
        "android": {
            "priority": "normal" if passive else "high",
            "ttl": f"{left_s}s",
            "collapse_key": message.collapse_id,
        },
    }


def _judge(answer: Answer, sent_at: datetime) -> Outcome:
    if not answer.status:
        return answers.lost(answer.curl_code, has_started=answer.has_started)
    return answers.fcm(
        answer.status, answer.body, sent_at=sent_at, retry_after_s=answer.retry_after_s
    )


def _no_token(why: Exception) -> Outcome:
    """Judge why there is no token: nobody answered, or a person must look at the account."""
    passes = isinstance(why, ShelfDown | TransportError) or getattr(why, "retryable", False)
    verdict = Verdict.UNPROCESSED if passes else Verdict.CREDENTIALS
    return Outcome(verdict=verdict, reason=f"{type(why).__name__}: {why}"[:200])
