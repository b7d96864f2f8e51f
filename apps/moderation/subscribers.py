"""What moderation does when something happened, here or elsewhere."""

from __future__ import annotations

from apps.moderation import public
from apps.moderation.events import CaseDecided
from apps.streams.events import BroadcastEnded, BroadcastRemoved, RecordingRemoved
from kit.subscriptions import on


@on(BroadcastEnded)
def audit_ending(event: BroadcastEnded) -> None:
    public.audit_ending(event=event)


@on(BroadcastRemoved)
def audit_removal(event: BroadcastRemoved) -> None:
    public.audit_removal(event=event)


@on(RecordingRemoved)
def audit_recording_removal(event: RecordingRemoved) -> None:
    public.audit_recording_removal(event=event)


@on(CaseDecided)
def audit_decision(event: CaseDecided) -> None:
    public.audit_decision(event=event)
