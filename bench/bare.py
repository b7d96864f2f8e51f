"""A Django project with a Celery application and nothing of ours: what every process begins at."""

from __future__ import annotations

import django
from celery import Celery
from django.conf import settings

from bench.processes import obey

settings.configure(
    SECRET_KEY="bare",  # noqa: S106 (signs nothing)
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "rest_framework",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    USE_TZ=True,
)
django.setup()
app = Celery("bare", broker="memory://")


def ready() -> int:
    """Load what a process would have loaded after its first piece of work; return its routes."""
    with app.connection_for_write() as connection:
        connection.connect()
    from django.contrib import admin  # noqa: PLC0415 (only after setup)

    return len(admin.site.urls[0])


if __name__ == "__main__":
    obey({"ready": ready})
