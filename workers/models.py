"""The operators' desks: no tables, names in the sidebar and places for permissions."""

from __future__ import annotations

from kit.desk_models import DeskModel


class DeadLetterDesk(DeskModel):
    """What nobody could finish, until somebody replays or drops it."""

    class Meta(DeskModel.Meta):
        permissions = [
            ("replay_deadletter", "Can hand a dead letter to its queue again"),
            ("drop_deadletter", "Can drop a dead letter"),
        ]
        verbose_name = "dead letter"
        verbose_name_plural = "dead letters"


class QueueDesk(DeskModel):
    """What waits in the queues, to be read."""

    class Meta(DeskModel.Meta):
        verbose_name = "queue"
        verbose_name_plural = "queues"
