"""Stream keys: of one broadcast, and of a whole channel."""

from __future__ import annotations

from django.utils import timezone

from apps.streams import wiring
from apps.streams.contracts import KeySummary, NewBroadcast, NewKey
from apps.streams.public.broadcasts import lend_ingest, own_broadcast
from apps.streams.queries import keys as found_keys
from apps.streams.services import keys
from kit.pages import Page, PageRequest

list_keys_for_staff = found_keys.list_keys_for_staff


def rotate_key(*, broadcast_id: str, by: str) -> NewBroadcast:
    found = own_broadcast(broadcast_id=broadcast_id, by=by)
    key = keys.rotate_key(
        broadcast_id=broadcast_id,
        creator_id=by,
        pepper=wiring.key_pepper(),
        now=timezone.now(),
    )
    if wiring.media_engine().is_pooled():
        # Names of a pool never change: who is to be out gets another ingest.
        return lend_ingest(broadcast=found)
    return NewBroadcast(broadcast=found, ingest_url=wiring.media_engine().ingest_url(), key=key)


def list_channel_keys(*, creator_id: str, page: PageRequest) -> Page[KeySummary]:
    return found_keys.list_channel_keys(creator_id=creator_id, page=page)


def make_channel_key(*, creator_id: str, label: str) -> NewKey:
    """Make a key for whatever the channel broadcasts; its secret is told this once.

    Raises:
        TooManyKeys: the channel has as many as it may.

    """
    key_id, secret = keys.make_channel_key(
        creator_id=creator_id, label=label, pepper=wiring.key_pepper()
    )
    return _new_key(creator_id=creator_id, key_id=key_id, secret=secret)


def rotate_channel_key(*, creator_id: str, key_id: str) -> NewKey:
    """Replace a key by one of the same label; what publishes with the old one is cut.

    Raises:
        KeyNotFound: the channel has no such key.

    """
    new_id, secret = keys.rotate_channel_key(
        key_id=key_id, creator_id=creator_id, pepper=wiring.key_pepper(), now=timezone.now()
    )
    return _new_key(creator_id=creator_id, key_id=new_id, secret=secret)


def revoke_channel_key(*, creator_id: str, key_id: str) -> None:
    """Revoke a key; what publishes with it is cut. Safe to repeat.

    Raises:
        KeyNotFound: the channel has no such key.

    """
    keys.revoke_channel_key(key_id=key_id, creator_id=creator_id, now=timezone.now())


def revoke_key(*, key_id: str) -> None:
    """Revoke any key, as staff do; what publishes with it is cut. Safe to repeat."""
    keys.revoke_key(key_id=key_id, now=timezone.now())


def _new_key(*, creator_id: str, key_id: str, secret: str) -> NewKey:
    key = found_keys.get_channel_key(key_id=key_id, creator_id=creator_id)
    return NewKey(key=key, secret=secret, ingest_url=wiring.media_engine().ingest_url())
