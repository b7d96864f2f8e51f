"""Work that one maker at a time does: a set, or a share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Self

from apps.previews.documents.assets import Revision
from kit.documents import QuerySet

# A job shows life every second or two. One that was silent for this long is dead, and taken over.
LEASE: Final = timedelta(seconds=15)
# Whoever was told to stop has stopped by then, so its files may be deleted.
TIDY_AFTER: Final = 2 * LEASE


class WorkQuerySet(QuerySet):
    """Whoever makes something holds `attempt` as its fence.

    Each beginning raises it, and every later write of the job names the one it began with.
    """

    WAITING: ClassVar[str]
    RUNNING: ClassVar[str]

    def held(self, job: Any) -> Self:
        """Return the document of a job, as long as nobody else took it over or ended it."""
        raise NotImplementedError

    def begin(self, *, now: datetime) -> Any:
        """Start what waits, or whose maker died; None where there is nothing to do."""
        for waiting in (
            self.filter(state=self.WAITING),
            self.filter(state=self.RUNNING, updated_at__lt=now - LEASE),
        ):
            begun = waiting.modify(
                set__state=self.RUNNING,
                inc__attempt=1,
                inc__tries=1,
                set__progress=0,
                set__updated_at=now,
                new=True,
            )
            if begun is not None:
                return begun
        return None

    def renew(self, job: Any, *, progress: int, now: datetime) -> bool:
        """Show life and progress; False where the job was cancelled or taken over."""
        return bool(self.held(job).update(set__progress=progress, set__updated_at=now))

    def note_draft(
        self, job: Any, draft: Revision, garbage: Sequence[str], *, now: datetime
    ) -> bool:
        """Write down what is about to be stored, so that no file is ever unknown."""
        return bool(
            self.held(job).update(
                set__draft=draft, set__garbage=list(garbage), set__tidy_at=now + TIDY_AFTER
            )
        )

    def release(self, job: Any, *, now: datetime) -> bool:
        """Let a job wait for its next try."""
        return bool(self.held(job).update(set__state=self.WAITING, set__updated_at=now))

    def untidy(self, *, now: datetime) -> Self:
        return self.filter(tidy_at__lt=now)

    def waiting_since(self, before: datetime) -> Self:
        return self.filter(state=self.WAITING, updated_at__lt=before)

    def silent_since(self, before: datetime) -> Self:
        return self.filter(state=self.RUNNING, updated_at__lt=before)
