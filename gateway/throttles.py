"""DRF's throttle over `gateway.limits`: per user, or per address where nobody is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from typing_extensions import override

from gateway import limits

if TYPE_CHECKING:  # DRF imports this module while its own views are still loading
    from rest_framework.views import APIView


class PerCaller(BaseThrottle):
    """Counts each request once; the middleware writes the verdict into the headers."""

    verdict: limits.Verdict | None = None

    @override
    def allow_request(self, request: Request, view: APIView) -> bool:
        plain: Any = request._request  # noqa: SLF001 (the one object every layer shares)
        if not hasattr(plain, "rate_limit"):
            plain.rate_limit = limits.spend(_who(request)).verdict
        self.verdict = plain.rate_limit
        return self.verdict is None or self.verdict.is_allowed

    @override
    def wait(self) -> float | None:
        return None if self.verdict is None else float(self.verdict.reset_s - 1)


def _who(request: Request) -> str:
    caller: Any = request.user  # a Caller, or None (UNAUTHENTICATED_USER)
    if caller is not None:
        return f"user:{caller.pk}"
    return f"ip:{limits.address_of(request._request)}"  # noqa: SLF001
