"""Work that lasts longer than a message may stay unacknowledged: done in slices, one at a time.

RabbitMQ takes a message back from whoever holds it past the consumer timeout, and hands it to the
next while the first still works. So a slice ends early, acknowledges, and queues the next one
under the same id. A lock keeps two deliveries of one slice apart, and the count of finished
slices tells a delivery that came too late.
"""

from __future__ import annotations

from typing import Any, Final

from django_redis import get_redis_connection
from typing_extensions import override

from kit import locks
from kit.errors import Unavailable
from kit.tasks import RETRIES, Task

REMEMBERED_S: Final = 24 * 3600


class SliceHeld(Unavailable):
    code = "slice-held"
    sentence = "Slice {number} of {task_id} is worked on elsewhere."


class SlicedTask(Task):
    """A task whose function does a part of the work, minutes at most, and says if more is left.

    What a slice got done lies where the next one finds it: in the documents of the context.
    """

    abstract = True

    @override
    def __call__(self, *args: Any, **given: Any) -> Any:
        if self.request.called_directly:
            return super().__call__(*args, **given)
        try:
            self._begin_slice(args, given)
        except tuple(RETRIES) as failure:  # also where the lock or the count cannot be reached
            self.try_again(failure)
            raise
        return None

    def _begin_slice(self, args: Any, given: Any) -> None:
        number = int(getattr(self.request, "slice", None) or 1)
        if number <= self._finished():
            return  # this delivery came after its slice was done
        with locks.held(f"slice:{self.request.id}") as is_ours:
            if not is_ours:
                wait_s = locks.LASTS_S / 2
                raise SliceHeld(number=number, task_id=self.request.id, retry_after_s=wait_s)
            self._do_slice(number, args, given)

    def _do_slice(self, number: int, args: Any, given: Any) -> None:
        if super().__call__(*args, **given):
            self.publish_again(retries=0, headers={"slice": number + 1})
        # only now: a crash before this repeats the slice, whose next one is known by its number
        get_redis_connection("state").set(self._counter, number, ex=REMEMBERED_S)

    def _finished(self) -> int:
        return int(get_redis_connection("state").get(self._counter) or 0)

    @property
    def _counter(self) -> str:
        return f"slices:{self.request.id}"
