"""The desks of moderation: no tables, names in the sidebar and places for permissions."""

from __future__ import annotations

from kit.desk_models import DeskModel


class CaseDesk(DeskModel):
    """What people reported and nobody decided yet."""

    class Meta(DeskModel.Meta):
        permissions = [("decide_case", "Can decide a case")]
        verbose_name = "case"
        verbose_name_plural = "cases"


class AuditDesk(DeskModel):
    """What staff did, to be read."""

    class Meta(DeskModel.Meta):
        verbose_name = "audit entry"
        verbose_name_plural = "audit trail"
