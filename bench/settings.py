"""The tests' settings with one more route, and limits that a load generator does not meet."""

from config.settings.test import *  # noqa: F403
from config.settings.test import REST_FRAMEWORK as _REST_FRAMEWORK

ROOT_URLCONF = "bench.urls"
# Still counted, in Redis, on every request; only never reached.
REST_FRAMEWORK = {**_REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"caller": "1000000000/min"}}
# Production's way: found once at start, not looked for on every request.
WHITENOISE_AUTOREFRESH = False
