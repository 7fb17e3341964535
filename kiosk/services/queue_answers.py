"""What staff are told of the queue. Frozen values that a screen can show; no texts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.domain.operations import OperationKind, Outcome, Reason
from kiosk.domain.people import Found


class QueueState(StrEnum):
    """Where an unanswered operation stands.

    ``BEHIND`` waits for an earlier operation of the same person; ``HANDED`` is parked and waits for
    a supervisor.
    """

    WAITING = "waiting"
    SENDING = "sending"
    BEHIND = "behind"
    PARKED = "parked"
    HANDED = "handed"


class Cause(StrEnum):
    """Why an operation is not answered yet."""

    NO_LINE = "no_line"
    TOO_SLOW = "too_slow"
    BROKE_OFF = "broke_off"
    REGISTRY_BUSY = "registry_busy"
    REGISTRY_FAILED = "registry_failed"
    STRANGE_ANSWER = "strange_answer"
    NOT_AUTHORISED = "not_authorised"
    NOT_UNDERSTOOD = "not_understood"
    NO_ANSWER = "no_answer"
    ANSWER_NOT_UNDERSTOOD = "answer_not_understood"
    DAMAGED = "damaged"
    INTERNAL = "internal"


class QueueWay(StrEnum):
    """What can be done about an unanswered operation."""

    TRY_NOW = "try_now"
    SEND_AGAIN = "send_again"
    HAND_OVER = "hand_over"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """One unanswered operation.

    Attributes:
        place: Where the next page begins after it.
        kind: None where the disk has made it unreadable.
        label: The person, masked.
        made_at: Local time of this machine; None where the disk has made it impossible.
        age_seconds: None where this machine's clock cannot tell.
        cause: Why the last attempt, or the registry's answer, did not settle it; None before any.
        next_try_seconds: Until it is tried by itself; None where it waits for a person.
        behind: Receipt of the same person's operation that goes first, for ``BEHIND``.
        note: What staff said of it, or None.
        ways: What can be done about it.
    """

    place: int
    receipt: str
    kind: OperationKind | None
    label: str
    made_at: datetime | None
    age_seconds: int | None
    attempts: int
    state: QueueState
    cause: Cause | None
    next_try_seconds: int | None
    behind: str | None
    note: str | None
    ways: tuple[QueueWay, ...]


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some unanswered operations, oldest first.

    Attributes:
        more_after: ``place`` after which there are more; None at the end.
        waiting: How many unanswered ones there are in all.
        parked: How many of them wait for a person; the others go on by themselves.
    """

    entries: tuple[QueueEntry, ...]
    more_after: int | None
    waiting: int
    parked: int


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What became of one operation.

    What the disk has made unreadable is None.

    Attributes:
        place: Where the next page begins after it.
        made_at: What was asked when, local time of this machine.
        decided_at: By the registry's clock, or this machine's for what was decided here.
        found: What the registry had; None where it fitted nobody, or is not known.
        found_changed_at: When what the registry had was set, local time.
        replaced_by: Receipt under which it was sent again.
        note: What staff said of it, or None.
    """

    place: int
    receipt: str
    kind: OperationKind | None
    label: str
    made_at: datetime | None
    outcome: Outcome | None
    reason: Reason | None
    decided_at: datetime | None
    found: Found | None
    found_changed_at: datetime | None
    replaced_by: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Some of what was decided, newest first.

    Attributes:
        more_before: ``place`` before which there are more; None at the end.
    """

    entries: tuple[LedgerEntry, ...]
    more_before: int | None


@dataclass(frozen=True, slots=True)
class ActDone:
    """It was done.

    Attributes:
        receipt: The new receipt, where the wish was sent again.
    """

    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class ActTooLate:
    """Nothing was done: the operation is not in that state any more, or cannot be sent again."""


class NoteProblem(StrEnum):
    """What is wrong with a reason."""

    EMPTY = "empty"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class NoteRefused:
    """Nothing was done: the reason needs another look."""

    problem: NoteProblem


ActAnswer = ActDone | ActTooLate | NoteRefused
