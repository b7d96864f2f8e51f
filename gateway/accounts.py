"""How people sign up and in: allauth's headless app client, by e-mail and password."""

from __future__ import annotations

from smtplib import SMTPException
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from typing_extensions import override

log = structlog.get_logger()


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
