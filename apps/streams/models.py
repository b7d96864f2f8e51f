"""The desks: no tables, names in the sidebar and a place for permissions."""

from __future__ import annotations

from django.db import models


class BroadcastDesk(models.Model):  # noqa: DJ008 (it has no rows)
    """What is or may come on air."""

    class Meta:
        managed = False
        default_permissions = ("view",)
        permissions = [
            ("end_broadcast", "Can end a broadcast"),
            ("remove_broadcast", "Can remove a broadcast"),
        ]
        verbose_name = "broadcast"
        verbose_name_plural = "broadcasts"


class KeyDesk(models.Model):  # noqa: DJ008 (it has no rows)
    """The valid stream keys."""

    class Meta:
        managed = False
        default_permissions = ("view",)
        permissions = [("revoke_key", "Can revoke a stream key")]
        verbose_name = "stream key"
        verbose_name_plural = "stream keys"


class ChannelDesk(models.Model):  # noqa: DJ008 (it has no rows)
    """Channels and their limits."""

    class Meta:
        managed = False
        default_permissions = ("view",)
        permissions = [("limit_channel", "Can limit a channel's time on air")]
        verbose_name = "channel"
        verbose_name_plural = "channels"


class EngineDesk(models.Model):  # noqa: DJ008 (it has no rows)
    """Who publishes to the media engine."""

    class Meta:
        managed = False
        default_permissions = ("view",)
        permissions = [("cut_session", "Can cut an encoder's connection")]
        verbose_name = "encoder"
        verbose_name_plural = "encoders"
