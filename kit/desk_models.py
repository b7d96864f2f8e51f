"""What a desk is to Django: no table, a name in the sidebar and a place for permissions."""

from __future__ import annotations

from django.db import models


class DeskModel(models.Model):
    """Say `class Meta(DeskModel.Meta)` with permissions and names; looking is always one."""

    class Meta:
        abstract = True
        managed = False
        default_permissions = ("view",)
