"""A creator's channel: its settings, and the broadcast its keys open."""

from __future__ import annotations

from datetime import datetime, timedelta

from mongoengine import NotUniqueError

from apps.streams.contracts import BroadcastDraft
from apps.streams.documents.broadcasts import Broadcast
from apps.streams.documents.channels import Channel
from apps.streams.errors import LiveQuotaSpent
from apps.streams.queries.channels import get_settings, rules_of, used_s
from apps.streams.rules.air import DUE_EARLY_S, AirRules, is_spent
from apps.streams.rules.broadcasts import BEFORE_AIR_STATES, ON_AIR_STATES
from apps.streams.rules.channels import title_of
from apps.streams.services.broadcasts import create_broadcast
from kit.ids import new_id

# Of more than these a creator has lost track as well.
WAITING_LOOKED_AT = 50


def change_settings(*, creator_id: str, changes: dict[str, object]) -> None:
    """Set what a creator, or staff, want of every later broadcast; None is the operator's."""
    Channel.objects.ensure(creator_id)
    values = {f"set__{name}": value for name, value in changes.items() if value is not None}
    values |= {f"unset__{name}": True for name, value in changes.items() if value is None}
    if values:
        Channel.objects(id=creator_id).update(**values)


def broadcast_for(*, creator_id: str, now: datetime, rules: AirRules) -> str:
    """Return the broadcast a channel's key opens: on air, else due, else a new one.

    Encoders that come together get one: its id is claimed first, and what is claimed but not
    made yet is made by whoever comes.
    """
    Channel.objects.ensure(creator_id)
    claimed = str(Channel.objects.only("next_broadcast").get(id=creator_id).next_broadcast)
    # before the looks below: what is made in between they might not see
    is_made = not claimed or Broadcast.objects(id=claimed).only("id").first() is not None
    on_air = _newest(creator_id, ON_AIR_STATES)
    if on_air:
        return str(on_air[0].id)
    due_by = now + timedelta(seconds=DUE_EARLY_S)
    for waiting in _newest(creator_id, BEFORE_AIR_STATES):
        if waiting.starts_at is None or waiting.starts_at <= due_by:
            return str(waiting.id)
    if is_made:
        claimed = Channel.objects.claim_next(creator_id, after=claimed, offered=new_id())
    wanted = get_settings(creator_id=creator_id)
    draft = BroadcastDraft(
        title=title_of(wanted.title_template, now=now),
        visibility=wanted.visibility,
        record=wanted.record,
        reconnect_window_s=wanted.reconnect_window_s,
    )
    try:
        create_broadcast(
            creator_id=creator_id, draft=draft, now=now, rules=rules, broadcast_id=claimed
        )
    except NotUniqueError:
        return claimed  # a rival made it
    return claimed


def check_quota(*, creator_id: str, now: datetime, rules: AirRules) -> None:
    """Refuse a channel that used its month.

    Raises:
        LiveQuotaSpent: it was on air for as long as it may.

    """
    own = rules_of(creator_id=creator_id, rules=rules)
    if own.monthly_minutes and is_spent(own, used_s=used_s(creator_id=creator_id, now=now)):
        raise LiveQuotaSpent(minutes=own.monthly_minutes)


def _newest(creator_id: str, states: tuple[str, ...]) -> list[Broadcast]:
    found = Broadcast.objects(creator_id=creator_id, state__in=states).order_by("-id")
    return list(found.only("id", "starts_at").limit(WAITING_LOOKED_AT))
