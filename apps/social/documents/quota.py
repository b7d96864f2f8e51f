"""QuotaDay: how many of the project's uploads of a day are used."""

from __future__ import annotations

from mongoengine.errors import NotUniqueError

from apps.social import rules
from kit.documents import Base, QuerySet, fields


class QuotaDayQuerySet(QuerySet):
    """The project's uploads of one Pacific day, shared by every creator."""

    def take(self, day: str) -> bool:
        """Count one upload; False where the day has none left."""
        return self._count(day) or (self._open(day) and self._count(day))

    def exhaust(self, day: str) -> None:
        """Believe YouTube when it says so: others spend from the same project."""
        self._open(day)
        self.filter(id=day).update_one(set__is_exhausted=True)

    def _count(self, day: str) -> bool:
        left = self.filter(id=day, used__lt=rules.UPLOADS_A_DAY, is_exhausted=False)
        return bool(left.modify(inc__used=1))

    def _open(self, day: str) -> bool:
        """Make the day exist; True also where another worker just did."""
        try:
            QuotaDay(id=day).save(force_insert=True)
        except NotUniqueError:
            return QuotaDay.objects(id=day, is_exhausted=False).first() is not None
        return True


class QuotaDay(Base):
    """`_id` is the date in California, so that a new day needs no reset."""

    used = fields.IntField(required=True, default=0)
    is_exhausted = fields.BooleanField(required=True, default=False)

    meta = {"collection": "social_quota_days", "queryset_class": QuotaDayQuerySet}
