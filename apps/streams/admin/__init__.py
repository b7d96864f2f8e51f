"""The desks of streams; importing one registers it."""

from apps.streams.admin import broadcasts, channels, encoders, keys, recordings, uploads

__all__ = ["broadcasts", "channels", "encoders", "keys", "recordings", "uploads"]
