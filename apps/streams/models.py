"""The desks: no tables, names in the sidebar and a place for permissions."""

from __future__ import annotations

from kit.desk_models import DeskModel


class BroadcastDesk(DeskModel):
    """What is or may come on air."""

    class Meta(DeskModel.Meta):
        permissions = [
            ("end_broadcast", "Can end a broadcast"),
            ("remove_broadcast", "Can remove a broadcast"),
        ]
        verbose_name = "broadcast"
        verbose_name_plural = "broadcasts"


class KeyDesk(DeskModel):
    """The valid stream keys."""

    class Meta(DeskModel.Meta):
        permissions = [("revoke_key", "Can revoke a stream key")]
        verbose_name = "stream key"
        verbose_name_plural = "stream keys"


class ChannelDesk(DeskModel):
    """Channels and their limits."""

    class Meta(DeskModel.Meta):
        permissions = [("limit_channel", "Can limit a channel's time on air")]
        verbose_name = "channel"
        verbose_name_plural = "channels"


class RecordingDesk(DeskModel):
    """What was recorded and is on its way, or failed."""

    class Meta(DeskModel.Meta):
        permissions = [
            ("retry_recording", "Can try a recording again"),
            ("remove_recording", "Can remove a recording"),
        ]
        verbose_name = "recording"
        verbose_name_plural = "recordings"


class UploadDesk(DeskModel):
    """Finished videos that come, or came, from phones."""

    class Meta(DeskModel.Meta):
        permissions = [("cancel_upload", "Can cancel an upload")]
        verbose_name = "upload"
        verbose_name_plural = "uploads"


class EngineDesk(DeskModel):
    """Who publishes to the media engine."""

    class Meta(DeskModel.Meta):
        permissions = [("cut_session", "Can cut an encoder's connection")]
        verbose_name = "encoder"
        verbose_name_plural = "encoders"
