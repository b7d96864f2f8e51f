"""Connecting a channel, keeping the consent alive, and letting go of it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from cryptography.fernet import InvalidToken

from apps.social import queries, rules
from apps.social.contracts import ConnectionSummary, ConsentPage
from apps.social.documents.connections import ConsentRequest, YouTubeConnection
from apps.social.errors import (
    AccessExpired,
    ConsentExpired,
    ConsentRefused,
    GrantLost,
    NotConnected,
    ReconnectRequired,
    ScopesMissing,
)
from apps.social.events import ConnectionLost
from apps.social.ports import SCOPES, Consents
from kit.secrets import Safe

T = TypeVar("T")


def begin_consent(
    *,
    user_id: str,
    wishes: dict[str, object],
    redirect_url: str,
    consents: Consents,
    safe: Safe,
    now: datetime,
) -> ConsentPage:
    """Make a consent address for one creator; an earlier one stops working.

    Args:
        user_id: who asks; the state in the address is bound to them.
        wishes: `auto_publish` and `privacy` of the connection to be.
        redirect_url: where Google sends the browser back to.
        consents: who asks for consent.
        safe: keeps the PKCE verifier until the browser comes back.
        now: the moment; the address works for ten minutes from it.

    """
    state = secrets.token_urlsafe(32)
    invitation = consents.invite(state=state, redirect_url=redirect_url)
    expires_at = now + rules.CONSENT_LIVES
    ConsentRequest.objects(user_id=user_id).delete()
    ConsentRequest(
        user_id=user_id,
        state_hash=_hash(state),
        sealed_verifier=safe.seal(invitation.verifier),
        expires_at=expires_at,
        auto_publish=wishes.get("auto_publish", True),
        privacy=wishes.get("privacy", "private"),
    ).save(force_insert=True)
    return ConsentPage(url=invitation.url, expires_at=expires_at)


def decline_consent(*, state: str, why: str, now: datetime) -> None:
    """The creator said no, or Google did: the request is used up all the same.

    Raises:
        ConsentExpired: it was none of ours.
        ConsentRefused: always, with what Google said.

    """
    _take(state, now)
    raise ConsentRefused(why=rules.reason_code(why))


def finish_consent(
    *,
    state: str,
    code: str,
    redirect_url: str,
    consents: Consents,
    safe: Safe,
    now: datetime,
) -> ConnectionSummary:
    """Turn what the browser brought back into a connection. A state works once.

    Raises:
        ConsentExpired: the state is unknown, used or too old.
        ConsentRefused: Google does not accept the code.
        ScopesMissing: the creator unticked a permission.
        NoChannel: the account has no channel.
        Unavailable: Google does not answer; the creator starts again.

    """
    request = _take(state, now)
    verifier = _open(safe, request.sealed_verifier)
    if not verifier:
        raise ConsentExpired
    grant = consents.exchange(code=code, verifier=verifier, redirect_url=redirect_url)
    if not set(SCOPES) <= set(grant.scopes):
        raise ScopesMissing
    if not grant.refresh_token:
        raise ConsentRefused(why="no-refresh-token")
    channel = consents.get_channel(grant.access_token)
    YouTubeConnection.objects.connect(
        request.user_id,
        channel_id=channel.id,
        channel_title=channel.title,
        sealed_access=safe.seal(grant.access_token),
        sealed_refresh=safe.seal(grant.refresh_token),
        access_expires_at=grant.expires_at,
        scopes=sorted(grant.scopes),
        auto_publish=request.auto_publish,
        privacy=request.privacy,
        connected_at=now,
    )
    return queries.get_connection(user_id=request.user_id)


def lose(connection: YouTubeConnection, *, now: datetime) -> None:
    """Note that only the creator can mend it, and say so once."""
    YouTubeConnection.objects.lose(
        connection.grant_id,
        announcing=ConnectionLost(
            at=now, user_id=connection.user_id, channel_title=connection.channel_title
        ),
    )


def disconnect(*, user_id: str) -> None:
    """End a connection for us. Safe to repeat; `revoke_grant` tells Google.

    Raises:
        NotConnected: there was never one.

    """
    ConsentRequest.objects(user_id=user_id).delete()
    if queries.find_connection_document(user_id) is None:
        raise NotConnected
    YouTubeConnection.objects.revoke(user_id)


def revoke_grant(*, user_id: str, consents: Consents, safe: Safe) -> None:
    """Tell Google that a revoked connection is over, then forget the channel. Safe to repeat."""
    found = queries.find_connection_document(user_id)
    if found is None or found.state != "revoked":
        return
    token = _open(safe, found.sealed_refresh)
    if token:
        consents.revoke(token)
    YouTubeConnection.objects.forget(found.grant_id)


class Access:
    """The access token of one connection, renewed when it is about to end."""

    def __init__(self, connection: YouTubeConnection, consents: Consents, safe: Safe) -> None:
        self._consents = consents
        self._safe = safe
        self._connection = connection

    def call(self, verb: Callable[[str], T], *, now: datetime) -> T:
        """Call the site with a live token; one it refuses is renewed once.

        Raises:
            ReconnectRequired: Google no longer accepts the consent, which is noted and said.

        """
        try:
            try:
                return verb(self._token(now))
            except AccessExpired:
                return verb(self._renew())
        except (AccessExpired, GrantLost):
            lose(self._connection, now=now)
            raise ReconnectRequired(state="reconnect_required") from None

    def _token(self, now: datetime) -> str:
        """Return a token that lives for five more minutes at least."""
        if self._connection.access_expires_at - now < rules.REFRESH_BEFORE:
            return self._renew()
        return self._open(self._connection.sealed_access)

    def _renew(self) -> str:
        held = self._connection
        grant = self._consents.refresh(self._open(held.sealed_refresh))
        held.sealed_access = self._safe.seal(grant.access_token)
        held.access_expires_at = grant.expires_at
        if grant.refresh_token:
            held.sealed_refresh = self._safe.seal(grant.refresh_token)
        YouTubeConnection.objects.renew(
            held.grant_id,
            sealed_access=held.sealed_access,
            sealed_refresh=held.sealed_refresh,
            access_expires_at=held.access_expires_at,
        )
        return grant.access_token

    def _open(self, sealed: str) -> str:
        token = _open(self._safe, sealed)
        if not token:
            raise GrantLost(why="sealed-by-a-lost-key")
        return token


def _open(safe: Safe, sealed: str) -> str:
    """Return a text, or an empty one where its key was rotated away: nobody can use it then."""
    try:
        return safe.open(sealed)
    except InvalidToken:
        return ""


def _take(state: str, now: datetime) -> ConsentRequest:
    found: ConsentRequest | None = ConsentRequest.objects.take(_hash(state), now=now)
    if found is None:
        raise ConsentExpired
    return found


def _hash(state: str) -> str:
    """Whoever reads the database cannot finish a consent that is under way."""
    return hashlib.sha256(state.encode()).hexdigest()
