"""Settings every process shares. Subjects live in their own modules, imported by name."""

from pathlib import Path
from typing import Any

import dj_database_url

from config.env import environment
from config.settings.api import ACCOUNT_ADAPTER as ACCOUNT_ADAPTER
from config.settings.api import ACCOUNT_EMAIL_VERIFICATION as ACCOUNT_EMAIL_VERIFICATION
from config.settings.api import ACCOUNT_LOGIN_METHODS as ACCOUNT_LOGIN_METHODS
from config.settings.api import ACCOUNT_SIGNUP_FIELDS as ACCOUNT_SIGNUP_FIELDS
from config.settings.api import (
    ACCOUNT_USER_MODEL_USERNAME_FIELD as ACCOUNT_USER_MODEL_USERNAME_FIELD,
)
from config.settings.api import HEADLESS_CLIENTS as HEADLESS_CLIENTS
from config.settings.api import HEADLESS_FRONTEND_URLS as HEADLESS_FRONTEND_URLS
from config.settings.api import (
    HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN as HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN,
)
from config.settings.api import HEADLESS_JWT_PRIVATE_KEY as HEADLESS_JWT_PRIVATE_KEY
from config.settings.api import (
    HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN as HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN,
)
from config.settings.api import (
    HEADLESS_JWT_ROTATE_REFRESH_TOKEN as HEADLESS_JWT_ROTATE_REFRESH_TOKEN,
)
from config.settings.api import HEADLESS_ONLY as HEADLESS_ONLY
from config.settings.api import HEADLESS_TOKEN_STRATEGY as HEADLESS_TOKEN_STRATEGY
from config.settings.api import REST_FRAMEWORK as REST_FRAMEWORK
from config.settings.api import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS
from config.settings.broker import CELERY as CELERY
from config.settings.broker import WORKER_POOLS as WORKER_POOLS
from config.settings.providers import NOTIFICATIONS_APNS as NOTIFICATIONS_APNS
from config.settings.providers import NOTIFICATIONS_FCM as NOTIFICATIONS_FCM
from config.settings.providers import PREVIEWS_BASE_URL as PREVIEWS_BASE_URL
from config.settings.providers import PREVIEWS_BY_RANGES as PREVIEWS_BY_RANGES
from config.settings.providers import PREVIEWS_COMPOSER as PREVIEWS_COMPOSER
from config.settings.providers import PREVIEWS_MAKER as PREVIEWS_MAKER
from config.settings.providers import PREVIEWS_WATCH_ON as PREVIEWS_WATCH_ON
from config.settings.providers import SCRATCH_DIRECTORY as SCRATCH_DIRECTORY
from config.settings.providers import SOCIAL_REDIRECT_URL as SOCIAL_REDIRECT_URL
from config.settings.providers import SOCIAL_YOUTUBE as SOCIAL_YOUTUBE
from config.settings.providers import STREAMS_AIR_RULES as STREAMS_AIR_RULES
from config.settings.providers import STREAMS_AUDIENCE as STREAMS_AUDIENCE
from config.settings.providers import STREAMS_EDITOR as STREAMS_EDITOR
from config.settings.providers import STREAMS_HEALTH_BOARD as STREAMS_HEALTH_BOARD
from config.settings.providers import STREAMS_HOOK_SECRET as STREAMS_HOOK_SECRET
from config.settings.providers import STREAMS_KEY_PEPPER as STREAMS_KEY_PEPPER
from config.settings.providers import STREAMS_LEASE_S as STREAMS_LEASE_S
from config.settings.providers import STREAMS_MEDIA_ENGINE as STREAMS_MEDIA_ENGINE
from config.settings.providers import STREAMS_PARTS_KEPT_HOURS as STREAMS_PARTS_KEPT_HOURS
from config.settings.providers import STREAMS_PLAYBACK_TTL_S as STREAMS_PLAYBACK_TTL_S
from config.settings.providers import STREAMS_POOL_SIZE as STREAMS_POOL_SIZE
from config.settings.providers import STREAMS_RESOLVER as STREAMS_RESOLVER
from config.settings.providers import STREAMS_RETENTION_DAYS as STREAMS_RETENTION_DAYS
from config.settings.providers import STREAMS_TARGET_NETWORKS as STREAMS_TARGET_NETWORKS
from config.settings.providers import STREAMS_WORK_DIRECTORY as STREAMS_WORK_DIRECTORY
from config.settings.providers import STREAMS_WOWZA_HOOK_SECRET as STREAMS_WOWZA_HOOK_SECRET
from config.settings.providers import (
    STREAMS_WOWZA_VIDEO_HOOK_SECRET as STREAMS_WOWZA_VIDEO_HOOK_SECRET,
)
from config.settings.storage import MEDIA_ACCEL_PREFIX as MEDIA_ACCEL_PREFIX
from config.settings.storage import MEDIA_ROOT as MEDIA_ROOT
from config.settings.storage import MEDIA_SIGNED_S as MEDIA_SIGNED_S
from config.settings.storage import MEDIA_URL as MEDIA_URL
from config.settings.storage import STORAGES as STORAGES
from config.settings.storage import STREAMS_INTAKE as STREAMS_INTAKE
from config.settings.storage import STREAMS_SPOOL as STREAMS_SPOOL
from config.settings.storage import STREAMS_UPLOAD_LIMITS as STREAMS_UPLOAD_LIMITS

_env = environment()

BASE_DIR = Path(__file__).resolve().parent.parent.parent
SECRET_KEY = _env.secret_key
ALLOWED_HOSTS = _env.allowed_hosts
PUBLIC_URL = _env.public_url
FIELD_KEYS = _env.field_keys  # seal tokens and answers at rest
DEBUG = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = True
MONGODB_URL = _env.mongodb_url
REDIS_URL = _env.redis_url
REDIS_STATE_URL = _env.redis_state_url
STARTUP_WAIT_S = _env.startup_wait_s
WORKER_FINISH_S = _env.worker_finish_s
EVENTS_KEPT_DAYS = _env.events_kept_days

DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(_env.database_url, conn_max_age=60, conn_health_checks=True)
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL lets readers and one writer work at once; IMMEDIATE waits for the lock instead of failing
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
    }
CACHES: dict[str, Any] = {
    # A cache that is gone makes answers slower, never wrong: reads miss, writes are dropped.
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": _env.redis_url,
        "KEY_PREFIX": "cache",
        "OPTIONS": {
            "SOCKET_TIMEOUT": 2,
            "SOCKET_CONNECT_TIMEOUT": 1,
            "IGNORE_EXCEPTIONS": True,
        },
    },
    "state": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": _env.redis_state_url,
        "KEY_PREFIX": "state",
        "OPTIONS": {"SOCKET_TIMEOUT": 2, "SOCKET_CONNECT_TIMEOUT": 1},
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_CACHE_ALIAS = "default"

INSTALLED_APPS = [
    "gateway.backoffice.Unfold",
    "gateway.backoffice.Admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "kit",
    "gateway",
    "workers",
    "apps.accounts",
    "apps.streams",
    "apps.previews",
    "apps.social",
    "apps.notifications",
    "apps.moderation",
]
MIDDLEWARE = [
    "gateway.middleware.RequestIds",
    "gateway.middleware.KnownByAddress",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "gateway.home_cache.CachedHome",
    "gateway.accounts.CountedSignIn",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "gateway.idempotency.Idempotency",
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ROOT_URLCONF = "gateway.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT: Path | None = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [("web", BASE_DIR / "clients" / "web")]
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
LOGGING_CONFIG = None  # kit.logs speaks for every process


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Showrunner",
    "SITE_HEADER": "Showrunner",
    "SITE_SYMBOL": "live_tv",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "workers.staff.index",
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": True,
        "navigation": "gateway.sidebar.navigation",
    },
}
