"""The broadcasts desk: no table, a name in the sidebar and a place for permissions."""

from __future__ import annotations

from django.db import models


class BroadcastDesk(models.Model):  # noqa: DJ008 (it has no rows)
    """What is or may come on air."""

    class Meta:
        managed = False
        default_permissions = ("view",)
        permissions = [("end_broadcast", "Can end a broadcast")]
        verbose_name = "broadcast"
        verbose_name_plural = "broadcasts"
