"""The tests' settings, with the proof's context, and limits an operator sets high set low."""

import os

from config.settings import test
from config.settings.test import *  # noqa: F403

INSTALLED_APPS = [*test.INSTALLED_APPS, "tests.journeys.proof"]
PROOF_OBSERVER = os.environ["PROOF_OBSERVER"]
# A killed worker's messages come back to the others after this.
if not test.CELERY["broker_url"].startswith("amqp"):
    CELERY = {
        **test.CELERY,
        "broker_transport_options": {
            **test.CELERY["broker_transport_options"],
            "visibility_timeout": 8,
        },
    }
