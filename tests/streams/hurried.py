"""Settings of a web server whose pieces of uploads may last two seconds."""

from config.settings.test import *  # noqa: F403

STREAMS_UPLOAD_LIMITS = {
    "max_bytes": 1 << 30,
    "day_bytes": 1 << 30,
    "open_limit": 10,
    "piece_s": 2,
}
