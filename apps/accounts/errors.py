"""Everything the accounts context can refuse, and why."""

from kit.errors import Conflict, Forbidden, Invalid, NotFound


class PersonNotFound(NotFound):
    code = "person-not-found"
    sentence = "There is no person {user_id}."


class CannotFollowYourself(Invalid):
    code = "cannot-follow-yourself"
    sentence = "Nobody follows themselves."


class CannotBlockYourself(Invalid):
    code = "cannot-block-yourself"
    sentence = "Nobody blocks themselves."


class NotFollowing(Conflict):
    code = "not-following"
    sentence = "You do not follow {creator_id}."


class FollowRefused(Forbidden):
    """One of the two blocked the other; which one is nobody's business."""

    code = "follow-refused"
    sentence = "You cannot follow {creator_id}."


class HandleTaken(Conflict):
    code = "handle-taken"
    sentence = "The handle {handle} is taken."
