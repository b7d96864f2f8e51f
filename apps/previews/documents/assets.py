"""Files that were made together, as documents hold them."""

from __future__ import annotations

from collections.abc import Iterable

from mongoengine import EmbeddedDocument

from kit.documents import fields


class StoredAsset(EmbeddedDocument):
    """One kept file; `name` is where it lies in storage."""

    kind = fields.StringField(required=True)
    name = fields.StringField(required=True)
    content_type = fields.StringField(required=True)
    variant = fields.StringField(default="")
    width = fields.IntField(default=0)
    height = fields.IntField(default=0)
    bytes = fields.IntField(required=True)
    duration_s = fields.FloatField(default=0.0)
    at_s = fields.FloatField(default=0.0)
    sha256 = fields.StringField(required=True)


class Revision(EmbeddedDocument):
    """What one run of the maker gave, with what it cost; without assets it is none yet."""

    assets = fields.EmbeddedDocumentListField(StoredAsset)
    placeholder = fields.StringField(default="")
    thumbhash = fields.StringField(default="")
    width = fields.IntField(default=0)
    height = fields.IntField(default=0)
    duration_s = fields.FloatField(default=0.0)
    truncated = fields.BooleanField(default=False)
    engine = fields.IntField(default=0)
    source_sha256 = fields.StringField(default="")  # of the footage, where that is known
    cpu_s = fields.FloatField(default=0.0)
    peak_rss_mb = fields.FloatField(default=0.0)
    source_bytes = fields.LongField(default=0)
    made_at = fields.DateTimeField()

    def names(self) -> list[str]:
        return [asset.name for asset in self.assets]


class Leaving(EmbeddedDocument):
    """Files that were shown; a card from a cached feed may still ask for them until then."""

    names = fields.ListField(fields.StringField())
    until = fields.DateTimeField(required=True)


def names_of(revisions: Iterable[Revision]) -> set[str]:
    return {name for one in revisions for name in one.names()}
