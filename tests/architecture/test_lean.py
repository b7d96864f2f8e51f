"""What a process does not hold in memory, because it cannot need it."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from clients.demo.clips import ROOT

# Relay and consumer check as the worker does; the last line is what Celery does in a beat, too.
WORKER = """
import django; django.setup()
from django.core.management import load_command_class
for name in ("worker", "relay", "consumer"):
    command = load_command_class("workers", name)
    command.check(**command.get_check_kwargs({}))
from workers.app import app; app.loader.import_default_modules()
"""
WEB = "import config.wsgi"
BUCKET = {"boto3", "botocore", "s3transfer", "storages", "kit.buckets"}
PAGES = {"kit.admin", "unfold.sites", "unfold.widgets", "gateway.urls", "drf_spectacular.plumbing"}
PAGES_OF_A_CONTEXT = re.compile(r"apps\.\w+\.(admin|api)\b")


def imported_by(script: str) -> set[str]:
    """Return the modules a new process has after a script; its storage is a folder."""
    told = subprocess.run(  # noqa: S603 (our own code)
        [sys.executable, "-c", f"{script}\nimport sys; print('\\n'.join(sys.modules))"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.embedded"},
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    return set(told.stdout.splitlines())


def test_a_worker_has_no_pages_and_no_client_of_buckets() -> None:
    found = imported_by(WORKER)

    assert "apps.streams.tasks" in found
    assert found & (BUCKET | PAGES) == set()
    assert [name for name in found if PAGES_OF_A_CONTEXT.match(name)] == []


def test_the_web_has_its_pages_before_the_first_request_and_no_client_of_buckets() -> None:
    found = imported_by(WEB)

    assert found >= PAGES | {"apps.streams.admin", "apps.streams.api.urls"}
    assert found & BUCKET == set()
