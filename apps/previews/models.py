"""The desks: no tables, names in the sidebar and a place for permissions."""

from __future__ import annotations

from kit.desk_models import DeskModel


class PreviewDesk(DeskModel):
    """What cards show, and how its making goes."""

    class Meta(DeskModel.Meta):
        permissions = [
            ("regenerate_preview", "Can let a preview be made anew"),
            ("cancel_preview", "Can stop the making of a preview"),
        ]
        verbose_name = "preview"
        verbose_name_plural = "previews"


class ShareDesk(DeskModel):
    """What creators share elsewhere, and how its making goes."""

    class Meta(DeskModel.Meta):
        permissions = [
            ("cancel_share", "Can stop the making of a shared clip"),
            ("remove_share", "Can delete a shared clip"),
        ]
        verbose_name = "shared clip"
        verbose_name_plural = "shared clips"
