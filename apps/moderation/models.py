"""The desks of moderation: no tables, names in the sidebar and places for permissions."""

from __future__ import annotations

from django.db import models


class CaseDesk(models.Model):  # noqa: DJ008 (it has no rows)
    """What people reported and nobody decided yet."""

    class Meta:
        managed = False
        default_permissions = ("view",)
        permissions = [("decide_case", "Can decide a case")]
        verbose_name = "case"
        verbose_name_plural = "cases"


class AuditDesk(models.Model):  # noqa: DJ008 (it has no rows)
    """What staff did, to be read."""

    class Meta:
        managed = False
        default_permissions = ("view",)
        verbose_name = "audit entry"
        verbose_name_plural = "audit trail"
