"""Settings of a web server whose pieces of uploads may last a second and a half."""

from config.settings.test import *  # noqa: F403

STREAMS_UPLOAD_LIMITS = {
    "max_bytes": 1 << 30,
    "day_bytes": 1 << 30,
    "open_limit": 10,
    "piece_s": 1.5,
}
