"""How people sign up and in: allauth's headless app client, by e-mail and password."""

from __future__ import annotations

from collections.abc import Callable
from smtplib import SMTPException
from typing import Any, Final

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from typing_extensions import override

from gateway import limits
from gateway.answers import problem
from kit.problems import RETRY_AFTER_S

log = structlog.get_logger()

AUTH: Final = "/api/v1/auth/"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's own behaviour, except that a mail server that is away stops nobody.

    Every mail allauth sends can be asked for again; a sign-up that failed after the user was
    stored can not.
    """

    @override
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError) as down:
            log.warning("mail not sent", template=template_prefix, error=str(down)[:200])


class CountedSignIn:
    """Nobody signs in while attempts cannot be counted: passwords must not be guessed meanwhile.

    allauth would say 429, after a second in its own lock, as if the phone had asked too often.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method == "GET" or not request.path_info.startswith(AUTH):
            return self.get_response(request)
        if not limits.is_away():
            return self.get_response(request)
        headers = {"Retry-After": str(RETRY_AFTER_S)}
        title = "Attempts cannot be counted now: the state server does not answer."
        return problem(503, "state-unavailable", title, headers=headers)
