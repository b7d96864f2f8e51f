"""The tests: real stores from the environment, no patience, cheap passwords."""

from config.settings.base import *  # noqa: F403

STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ACCOUNT_RATE_LIMITS = False
STREAMS_RESOLVER = ("memory.MemoryResolver", {})
