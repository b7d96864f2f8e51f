"""RetentionRule: how long one creator's recordings are kept, where the general rule is not his."""

from __future__ import annotations

from typing_extensions import override

from kit.documents import Base, fields


class RetentionRule(Base):
    """Its id is the creator's; 0 days keep for ever."""

    days = fields.IntField(required=True, min_value=0)

    meta = {"collection": "retention_rules"}

    @override
    def __str__(self) -> str:
        return f"{self.id}: {self.days} days"
