from typing import Any

import structlog
from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from pymongo.errors import ConnectionFailure
from typing_extensions import override

log = structlog.get_logger()


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    verbose_name = "People"

    @override
    def ready(self) -> None:
        from allauth.account.signals import user_signed_up  # noqa: PLC0415 (apps are ready here)

        user_signed_up.connect(_make_profile, dispatch_uid="accounts.make_profile")
        autodiscover_modules("subscribers")


def _make_profile(*, user: Any, **_more: object) -> None:
    """Give a new user a profile; a document server that is away does not undo the sign-up.

    What is missing then is made by the first read of the profile, or by `accounts.reconcile`.
    """
    from apps.accounts import public  # noqa: PLC0415 (models load after this module)

    try:
        public.ensure_profile(user_id=user.pk, email=user.email)
    except ConnectionFailure as away:
        log.warning("profile not made", user_id=user.pk, error=str(away)[:200])
