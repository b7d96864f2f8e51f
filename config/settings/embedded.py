"""A laptop: the embedded stack that `make run` starts, on loopback."""

from config.settings.base import *  # noqa: F403

STATIC_ROOT = None  # files are served from where they lie
WHITENOISE_USE_FINDERS = True
