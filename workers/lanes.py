"""The messages of one context, one after the other, the first of which may have to wait."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import Final

import structlog
from kombu import Message

from kit.envelopes import Unfit
from kit.letters import Code, Why
from kit.seen import Seen
from workers.deliveries import PASSING, Delivery

log = structlog.get_logger()

TRIES: Final = 3
# RabbitMQ closes the channel of who holds a message for 30 minutes (consumer_timeout). Handing
# back counts towards a quorum queue's delivery limit, so not much earlier.
HOLD_S: Final = 1_200.0

Bury = Callable[[Message, Why], None]


class Outcome(Enum):
    DONE = auto()  # acknowledged, or buried and acknowledged
    WAITS = auto()
    HELD_TOO_LONG = auto()  # hand everything back and take it anew


class Lane:
    """Holds what a queue delivered, and works on it in order."""

    def __init__(self, context: str, pauses: Callable[[], Iterator[float]]) -> None:
        self.context = context
        self._pauses = pauses
        self._seen = Seen(context)
        self._waiting: deque[tuple[Message, float]] = deque()  # with the moment it came
        self._delivery: Delivery | None = None  # of the first message, once it was read
        self._begin_head()

    def receive(self, message: Message) -> None:
        self._waiting.append((message, time.monotonic()))

    def clear(self) -> None:
        """Forget what was handed back."""
        self._waiting.clear()
        self._begin_head()

    @property
    def ready_in_s(self) -> float | None:
        """How long until there is something to do; None while nothing has come."""
        return max(0.0, self._not_before - time.monotonic()) if self._waiting else None

    def work(self, bury: Bury) -> Outcome:
        """Make one attempt at the first message, which must have come."""
        message, came_at = self._waiting[0]
        why = self._attempt(message)
        if why is not None:
            log.error("event given up", context=self.context, code=why.code, reason=why.reason)
            bury(message, why)
        elif self._not_before:
            held_s = time.monotonic() - came_at
            return Outcome.HELD_TOO_LONG if held_s > HOLD_S else Outcome.WAITS
        message.ack()
        self._waiting.popleft()
        self._begin_head()
        return Outcome.DONE

    def _attempt(self, message: Message) -> Why | None:
        """Return why it is given up, if it is; set `_not_before` where it is to be tried again."""
        self._not_before = 0.0
        try:
            self._delivery = self._delivery or Delivery.of(self.context, message, self._seen)
            self._delivery.attempt()
        except Unfit as unfit:
            # the delivery was read already where a subscriber raises one: its mistake, not ours
            if self._delivery is None:
                return Why.from_failure(unfit, code=unfit.code)
            return self._failed(unfit)
        except PASSING as away:
            log.warning("event waits", context=self.context, error=str(away)[:200])
            self._wait()
        except Exception as failure:  # noqa: BLE001 (a subscriber's mistake: a person looks)
            return self._failed(failure)
        return None

    def _failed(self, failure: Exception) -> Why | None:
        self._tries += 1
        if self._tries >= TRIES:
            return Why.from_failure(failure, code=Code.FAILED, tries=self._tries)
        self._wait()
        return None

    def _wait(self) -> None:
        self._not_before = time.monotonic() + next(self._head_pauses)

    def _begin_head(self) -> None:
        self._delivery = None
        self._not_before = 0.0  # monotonic
        self._tries = 0
        self._head_pauses = self._pauses()
