"""The one error base every context extends.

DomainError
├── NotFound      the thing asked for is not there           404
├── Conflict      it is there, but not in a state for this   409
├── Invalid       the request breaks a rule                  422
├── Forbidden     the caller may not                         403
└── Unavailable   a provider failed; trying again may work   503
"""

from __future__ import annotations

from typing import Any, ClassVar

from typing_extensions import override


class DomainError(Exception):
    """An anticipated failure: it has a name, a sentence and the facts."""

    code: ClassVar[str]
    sentence: ClassVar[str]

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.sentence.format(**facts))

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes, as a task's failure does, with the facts."""
        return _again, (type(self), self.facts)


def _again(kind: type[DomainError], facts: dict[str, object]) -> DomainError:
    return kind(**facts)


class NotFound(DomainError): ...


class Conflict(DomainError): ...


class Invalid(DomainError): ...


class Forbidden(DomainError): ...


class Unavailable(DomainError):
    """Fact `retry_after_s`, where given, is the earliest moment worth another try."""
