"""The page of the reference client; its assets are static files under /static/web/."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

# Own scripts and styles only; pictures and clips may come from a storage's https address.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' https: data:; media-src 'self' https: blob:; font-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@require_safe
def page(_request: HttpRequest) -> HttpResponse:
    response = HttpResponse(_page())
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-cache"
    return response


@cache
def _page() -> bytes:
    return (Path(settings.BASE_DIR) / "clients" / "web" / "index.html").read_bytes()
