"""A laptop: the embedded stack that `make run` starts, on loopback."""

from config.settings.base import *  # noqa: F403

WHITENOISE_USE_FINDERS = True
