"""Parcel, as MongoDB stores it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kit.documents import Announcing, QuerySet, announce, fields
from tests.journeys.proof.events import ParcelEvent


class ParcelQuerySet(QuerySet):
    def go_on(self, parcel: str, events: Sequence[ParcelEvent]) -> bool:
        """Take a parcel some steps further, and announce them, in a single write.

        False where it was taken there before: of two tries one writes.
        """
        before = events[0].number - 1
        return bool(
            self.filter(id=parcel, step=before).modify(
                set__step=events[-1].number, push_all__outbox=announce(*events)
            )
        )

    def spoil(self, parcel: str, element: dict[str, Any]) -> bool:
        """Put something into its outbox that is no event; once."""
        return bool(
            self.filter(id=parcel, is_spoilt=False).modify(
                set__is_spoilt=True, push__outbox=element
            )
        )


class Parcel(Announcing):
    """A thing that things happen to; `step` is the number of the last one."""

    step = fields.IntField(required=True, default=0)
    is_spoilt = fields.BooleanField(required=True, default=False)

    meta = {"collection": "proof_parcels", "queryset_class": ParcelQuerySet}
