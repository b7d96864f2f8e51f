"""Everything the ledger can refuse, and why."""

from kit.errors import Conflict, Invalid, NotFound


class DeadLetterNotFound(NotFound):
    code = "dead-letter-not-found"
    sentence = "There is no dead letter {row_id}."


class DeadLetterSettled(Conflict):
    code = "dead-letter-settled"
    sentence = "Dead letter {row_id} is {state} already, by {by}."


class DeadLetterInHand(Conflict):
    code = "dead-letter-in-hand"
    sentence = "Dead letter {row_id} is being replayed by {by}."


class DeadLetterDiedAnew(Conflict):
    code = "dead-letter-died-anew"
    sentence = "Dead letter {row_id} was given up once more just now; look at it again."


class QueueIsGone(Conflict):
    code = "queue-is-gone"
    sentence = "Dead letter {row_id} came from {queue}, a queue that nothing works on any more."


class BadSearch(Invalid):
    code = "bad-search"
    sentence = "“{word}” is nothing a dead letter can be searched by: {hint}."
