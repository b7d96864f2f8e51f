"""How far the storyboard of a running broadcast has grown."""

from __future__ import annotations

from mongoengine import EmbeddedDocument

from apps.previews.ports import Board
from kit.documents import fields


class LiveBoard(EmbeddedDocument):
    """What growing needs; its sheets and WebVTT are assets of the set as all others.

    Seconds count from the beginning of the DVR playlist as it was then. `anchor` is a segment
    of it, by whose place the next growth sees how much has left the playlist since.
    """

    interval_s = fields.FloatField(default=0.0)
    tile_width = fields.IntField(default=0)
    tile_height = fields.IntField(default=0)
    begins_s = fields.ListField(fields.FloatField())
    sheets = fields.ListField(fields.StringField())
    until_s = fields.FloatField(default=0.0)
    next_s = fields.FloatField(default=0.0)  # when the next tile is due
    anchor = fields.StringField(default="")
    anchor_s = fields.FloatField(default=0.0)
    is_behind = fields.BooleanField(default=False)
    former = fields.ListField(fields.StringField())  # files a player may still ask for
    made_at = fields.DateTimeField()

    def value(self) -> Board:
        return Board(
            interval_s=self.interval_s,
            tile_width=self.tile_width,
            tile_height=self.tile_height,
            begins_s=tuple(self.begins_s),
            sheets=tuple(self.sheets),
            until_s=self.until_s,
        )

    def grown(self, board: Board) -> LiveBoard:
        """Return what to keep of a board that has grown since."""
        return LiveBoard(
            interval_s=board.interval_s,
            tile_width=board.tile_width,
            tile_height=board.tile_height,
            begins_s=list(board.begins_s),
            sheets=list(board.sheets),
            until_s=board.until_s,
            next_s=self.next_s,
            anchor=self.anchor,
            anchor_s=self.anchor_s,
            is_behind=self.is_behind,
            former=self.former,
            made_at=self.made_at,
        )
