"""The operators' desks: no tables, names in the sidebar and places for permissions."""

from __future__ import annotations

from django.db import models


class DeadLetterDesk(models.Model):  # noqa: DJ008 (it has no rows)
    """What nobody could finish, until somebody replays or drops it."""

    class Meta:
        managed = False
        default_permissions = ("view",)
        permissions = [
            ("replay_deadletter", "Can hand a dead letter to its queue again"),
            ("drop_deadletter", "Can drop a dead letter"),
        ]
        verbose_name = "dead letter"
        verbose_name_plural = "dead letters"


class QueueDesk(models.Model):  # noqa: DJ008 (it has no rows)
    """What waits in the queues, to be read."""

    class Meta:
        managed = False
        default_permissions = ("view",)
        verbose_name = "queue"
        verbose_name_plural = "queues"
