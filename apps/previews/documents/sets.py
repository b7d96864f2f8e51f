"""PreviewSet: what was made of one subject, and the job that makes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from mongoengine import NotUniqueError, Q
from typing_extensions import override

from apps.previews.contracts import Priority, State, Subject
from apps.previews.documents.assets import Leaving, Revision, StoredAsset, names_of
from apps.previews.documents.boards import LiveBoard
from apps.previews.documents.work import WorkQuerySet
from kit.documents import Announcing, announce, fields
from kit.events import Event

# A refresh has ended by then, or its worker was killed.
REFRESH_LEASE: Final = timedelta(seconds=60)
# How long at least a live's URL lives once newer pictures are shown.
STAYS: Final = timedelta(minutes=5)
_UNDER_WAY: Final = (State.PENDING.value, State.RUNNING.value)
_AT_REST: Final = (State.READY.value, State.FAILED.value, State.CANCELLED.value)


class PreviewSetQuerySet(WorkQuerySet):
    """Names for what this context asks of the collection; callers never spell fields."""

    WAITING = State.PENDING.value
    RUNNING = State.RUNNING.value

    def of(self, subject: Subject, subject_id: str) -> PreviewSetQuerySet:
        return self.filter(subject=subject.value, subject_id=subject_id)

    def begin_refresh(self, *, now: datetime) -> PreviewSet | None:
        """Take the fence of a live's set, whose state stays: it is shown all the while.

        None where it was cancelled or removed, or where another refresh has it: on a machine too
        slow for the interval each would overtake the one before, and none would come to its end.
        """
        free = Q(refreshing_until=None) | Q(refreshing_until__lte=now)
        wanted = Q(state__nin=[State.REMOVED.value, State.CANCELLED.value])
        begun: PreviewSet | None = self.filter(wanted & free).modify(
            inc__attempt=1, set__refreshing_until=now + REFRESH_LEASE, new=True
        )
        return begun

    def end_refresh(self, job: PreviewSet) -> bool:
        """Let the next refresh begin, unless one took this one over."""
        own = self.filter(id=job.pk, attempt=job.attempt)
        return bool(own.update(unset__refreshing_until=1))

    def wait_again(self, *, now: datetime) -> bool:
        """Count one more try of a set that waits, for whoever queues its work."""
        return bool(
            self.filter(state=State.PENDING.value).update(inc__tries=1, set__updated_at=now)
        )

    def finish(
        self, seen: PreviewSet, filled: Revision, garbage: Sequence[str], events: list[Event]
    ) -> bool:
        """Show a new revision, unless anything happened to the set since it was seen.

        With it goes what its maker left on `seen` of a board that grew. A live's garbage stays
        for a while: it is made anew faster than a feed is.
        """
        change: dict[str, Any] = {"push_all__outbox": announce(*events)} if events else {}
        if seen.subject == Subject.BROADCAST.value and garbage:
            leaving = Leaving(names=list(garbage), until=filled.made_at + STAYS)
            change["set__leaving"] = [*seen.leaving, leaving]
            garbage = []
        if seen.board:
            change["set__board"] = seen.board
        return bool(
            self.held(seen).modify(
                set__state=State.READY.value,
                set__error={},
                set__tries=0,
                set__progress=100,
                inc__revision=1,
                set__shown=filled,
                set__before=seen.shown,
                set__draft=Revision(),
                set__garbage=list(garbage),
                set__tidy_at=filled.made_at,
                set__updated_at=filled.made_at,
                **change,
            )
        )

    def fail(self, seen: PreviewSet, *, code: str, detail: str, announcing: Event) -> bool:
        """Close a set in work with a reason, unless anything happened to it since."""
        return bool(
            self.held(seen)
            .filter(state__in=_UNDER_WAY)
            .modify(
                set__state=State.FAILED.value,
                set__error={"code": code, "detail": detail},
                set__updated_at=announcing.at,
                push_all__outbox=announce(announcing),
            )
        )

    def cancel(self, *, state: State, by: str, now: datetime) -> bool:
        """Stop what is waited for or under way; its maker hears of it within seconds."""
        return bool(
            self.filter(state__in=_UNDER_WAY).update(
                set__state=state.value, set__cancelled_by=by, set__updated_at=now
            )
        )

    def start_over(self, *, priority: Priority, now: datetime, by: str = "") -> bool:
        """Let a set that is at rest wait for being made anew; what it shows stays.

        `by` is the creator who asked for it, empty where we or staff did.
        """
        asked = {"set__asked_by": by, "set__asked_at": now if by else None}
        return bool(
            self.filter(state__in=_AT_REST).update(
                set__state=State.PENDING.value,
                set__priority=priority.value,
                set__tries=0,
                set__progress=0,
                set__cancelled_by="",
                set__updated_at=now,
                **asked,
            )
        )

    def take_back(self, seen: PreviewSet, *, now: datetime) -> bool:
        """Let a set rest again as it was seen, where its work was not begun yet."""
        begun = self.filter(id=seen.pk, state=State.PENDING.value, attempt=seen.attempt)
        return bool(
            begun.update(
                set__state=seen.state,
                set__asked_by="",
                set__asked_at=seen.asked_at,
                set__updated_at=now,
            )
        )

    def under_way_for(self, creator_id: str) -> PreviewSetQuerySet:
        """Return the sets a creator asked to be made anew and waits for."""
        return self.filter(asked_by=creator_id, state__in=_UNDER_WAY)

    def settle(self, seen: PreviewSet, *, now: datetime) -> bool:
        """Let a live's set that waits and shows something be ready: there is nothing newer."""
        waiting = self.held(seen).filter(state=State.PENDING.value, revision__gt=0)
        return bool(waiting.update(set__state=State.READY.value, set__updated_at=now))

    def remove(self, *, now: datetime) -> bool:
        """Close a set for good; a sweep deletes its files, and then it."""
        return bool(
            self.filter(state__ne=State.REMOVED.value).update(
                set__state=State.REMOVED.value, set__tidy_at=now, set__updated_at=now
            )
        )

    def tidied(self, seen: PreviewSet, *, is_draft_gone: bool, now: datetime) -> bool:
        """Forget the files that were deleted; those that stay name the next sweep."""
        change: dict[str, Any] = {"set__draft": Revision()} if is_draft_gone else {}
        left = [one for one in seen.leaving if one.until > now]
        due = {"set__tidy_at": min(one.until for one in left)} if left else {"unset__tidy_at": 1}
        return bool(self.held(seen).update(set__garbage=[], set__leaving=left, **due, **change))

    def older_than(self, engine: int) -> PreviewSetQuerySet:
        """Return the filled sets of recordings that an older engine made."""
        return self.filter(
            subject=Subject.RECORDING.value, state=State.READY.value, shown__engine__lt=engine
        )

    @override
    def held(self, job: PreviewSet) -> PreviewSetQuerySet:
        return self.filter(id=job.pk, state=job.state, revision=job.revision, attempt=job.attempt)


class PreviewSet(Announcing):
    """What was made of one broadcast (refreshed while it runs) or of one recording."""

    subject = fields.StringField(required=True, choices=[one.value for one in Subject])
    subject_id = fields.StringField(required=True)
    broadcast_id = fields.StringField(required=True)
    state = fields.StringField(required=True, choices=[one.value for one in State])
    priority = fields.StringField(default=Priority.FRESH.value)
    attempt = fields.IntField(default=0)  # a fence: it only ever grows
    tries = fields.IntField(default=0)
    progress = fields.IntField(default=0)
    error = fields.DictField()
    revision = fields.IntField(default=0)
    shown = fields.EmbeddedDocumentField(Revision, default=Revision)
    before = fields.EmbeddedDocumentField(Revision, default=Revision)  # may be on screens still
    draft = fields.EmbeddedDocumentField(Revision, default=Revision)  # on its way to storage
    board = fields.EmbeddedDocumentField(LiveBoard)  # of a live's storyboard
    garbage = fields.ListField(fields.StringField())  # files nobody shows any more: to delete
    leaving = fields.EmbeddedDocumentListField(Leaving)  # of a live: to delete later
    tidy_at = fields.DateTimeField()  # when a sweep is to look for files to delete
    refreshing_until = fields.DateTimeField()  # of a live, while its refresh is made
    asked_by = fields.StringField(default="")  # the creator who had it made anew
    asked_at = fields.DateTimeField()
    cancelled_by = fields.StringField(default="")
    updated_at = fields.DateTimeField(required=True)

    meta = {
        "collection": "preview_sets",
        "queryset_class": PreviewSetQuerySet,
        "indexes": [
            {"fields": ["subject", "subject_id"], "unique": True},
            {"fields": ["broadcast_id"]},
            {"fields": ["state", "updated_at"]},
            {"fields": ["tidy_at"], "sparse": True},
            {"fields": ["asked_by", "state"]},
            {"fields": ["subject", "state", "shown.engine"]},
        ],
    }

    @override
    def __str__(self) -> str:
        return f"{self.subject} {self.subject_id} r{self.revision} {self.state}"

    @property
    def assets(self) -> list[StoredAsset]:
        return list(self.shown.assets)

    @property
    def wanted_names(self) -> set[str]:
        """Return the files that are shown, or that screens and players may still ask for."""
        former = self.board.former if self.board else []
        return {*names_of((self.shown, self.before)), *former}

    def names_leaving(self, *, after: datetime | None = None) -> set[str]:
        """Return the files that stay for a while: all, or those that still do after a moment."""
        staying = [one for one in self.leaving if after is None or one.until > after]
        return {name for one in staying for name in one.names}

    @property
    def is_under_way(self) -> bool:
        return self.state in _UNDER_WAY

    @classmethod
    def ensure(
        cls,
        subject: Subject,
        subject_id: str,
        *,
        broadcast_id: str,
        now: datetime,
        priority: Priority = Priority.FRESH,
    ) -> PreviewSet:
        """Return the set of a subject; a new one waits. The unique index picks one winner."""
        found: PreviewSet | None = cls.objects.of(subject, subject_id).first()
        if found is not None:
            return found
        new = cls(
            subject=subject.value,
            subject_id=subject_id,
            broadcast_id=broadcast_id,
            state=State.PENDING.value,
            priority=priority.value,
            updated_at=now,
        )
        try:
            saved: PreviewSet = new.save(force_insert=True)
        except NotUniqueError:
            saved = cls.objects.of(subject, subject_id).get()
        return saved
