"""The site's own routes, and the bare view that `api.home_cached` is compared with."""

import os
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.urls import path

from gateway.urls import handler400 as handler400
from gateway.urls import handler403 as handler403
from gateway.urls import handler404 as handler404
from gateway.urls import handler500 as handler500
from gateway.urls import urlpatterns as site


@cache
def _body() -> bytes:
    return Path(os.environ["BENCH_BODY"]).read_bytes()


def bare(_request: HttpRequest) -> HttpResponse:
    """Answer bytes that are there already: the least a Django view can do."""
    return HttpResponse(_body(), content_type="application/json")


urlpatterns = [path("bench/bare", bare), *site]
