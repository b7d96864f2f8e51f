"""Which adapter stands behind each port: (class under adapters/, its options)."""

from ipaddress import ip_network
from typing import Any

from config.env import environment

Adapter = tuple[str, dict[str, Any]]

_env = environment()

STREAMS_MEDIA_ENGINE: Adapter = {
    "embedded": (
        "embedded.EmbeddedIngest",
        {
            "ingest_url": _env.ingest_url,
            "directory": _env.ingest_directory,
            "health_url": _env.ingest_health_url,
        },
    ),
    "wowza": (
        "wowza_engine.adapter.WowzaEngine",
        {
            "base_url": _env.wowza_url,
            "user": _env.wowza_user,
            "password": _env.wowza_password,
            "publish_url": _env.ingest_url,
            "application": _env.wowza_application,
            "authentication": _env.wowza_authentication,
            "recordings_directory": _env.wowza_recordings_directory,
            "playback_url": _env.wowza_playback_url,
            "token_secret": _env.wowza_token_secret,
            "token_prefix": _env.wowza_token_prefix,
            "publisher_user": _env.wowza_publisher_user,
            "publisher_password": _env.wowza_publisher_password,
            "hook_url": f"{_env.public_url}/hooks/wowza",
            "hook_secret": _env.wowza_hook_secret,
        },
    ),
    "wowza-video": (
        "wowza_video.adapter.WowzaVideo",
        {
            "base_url": _env.wowza_video_url,
            "token": _env.wowza_video_token,
            "location": _env.wowza_video_location,
            "recordings_directory": _env.wowza_recordings_directory,
        },
    ),
}.get(_env.media_engine, (_env.media_engine, {}))
STREAMS_EDITOR: Adapter = ("ffmpeg.FfmpegEditor", {})
STREAMS_WORK_DIRECTORY = _env.work_directory
STREAMS_PARTS_KEPT_HOURS = _env.parts_kept_hours
STREAMS_RETENTION_DAYS = _env.retention_days
STREAMS_AUDIENCE: Adapter = ("redis_presence.RedisAudience", {"url": _env.redis_state_url})
STREAMS_HEALTH_BOARD: Adapter = ("redis_health.RedisHealth", {"url": _env.redis_state_url})
STREAMS_HOOK_SECRET = _env.ingest_hook_secret
STREAMS_WOWZA_HOOK_SECRET = _env.wowza_hook_secret
STREAMS_WOWZA_VIDEO_HOOK_SECRET = _env.wowza_video_hook_secret
STREAMS_RESOLVER: Adapter = ("resolving.SystemResolver", {})
# networks of ours that targets may lie in all the same
STREAMS_TARGET_NETWORKS = tuple(map(ip_network, _env.target_networks))
STREAMS_POOL_SIZE = _env.wowza_video_pool
STREAMS_KEY_PEPPER = _env.key_pepper
STREAMS_LEASE_S = 20
STREAMS_AIR_RULES: dict[str, int] = {
    "debounce_s": _env.live_debounce_s,
    "cooldown_s": _env.live_cooldown_s,
    "max_duration_s": _env.live_max_duration_s,
    "monthly_minutes": _env.live_monthly_minutes,
    "warning_s": _env.live_warning_s,
    "no_show_s": _env.no_show_s,
    "unused_s": _env.unused_broadcast_s,
}
STREAMS_PLAYBACK_TTL_S = 6 * 3600

SOCIAL_YOUTUBE: Adapter = (
    "youtube.YouTube",
    {
        "client_id": _env.google_client_id,
        "client_secret": _env.google_client_secret,
        "auth_url": _env.google_auth_url,
        "token_url": _env.google_token_url,
        "revoke_url": _env.google_revoke_url,
        "root_url": _env.youtube_root_url,
    },
)
SOCIAL_REDIRECT_URL = f"{_env.public_url}/api/v1/youtube/callback"

NOTIFICATIONS_FCM: Adapter = (
    "fcm.Fcm",
    {
        "base_url": _env.fcm_url,
        "service_account_file": _env.fcm_service_account_file,
        "ca_file": _env.provider_ca_file,
    },
)
NOTIFICATIONS_APNS: Adapter = (
    "apns.Apns",
    {
        "base_url": _env.apns_url,
        "key_file": _env.apns_key_file,
        "key_id": _env.apns_key_id,
        "team_id": _env.apns_team_id,
        "topic": _env.apns_topic,
        "ca_file": _env.provider_ca_file,
    },
)

# What one job may cost; beyond it its child ends, and the file is refused.
_PREVIEWS_LIMITS = {
    "cpu_s": _env.previews_cpu_s,
    "wall_s": _env.previews_wall_s,
    "memory_mb": _env.previews_memory_mb,
    "output_mb": _env.previews_output_mb,
}
PREVIEWS_MAKER: Adapter = ("limited.limited_maker", _PREVIEWS_LIMITS)
PREVIEWS_COMPOSER: Adapter = (
    "composer.limited_composer",
    {**_PREVIEWS_LIMITS, "fonts": _env.previews_fonts},
)
SCRATCH_DIRECTORY = _env.scratch_directory
PREVIEWS_WATCH_ON = _env.previews_watch_on
PREVIEWS_BASE_URL = f"{_env.previews_base_url.rstrip('/')}/"
PREVIEWS_BY_RANGES = _env.previews_by_ranges
