"""What goes into the outbox, what comes out of it, and what becomes of it."""

from dataclasses import dataclass, field
from uuid import UUID

from kiosk.domain.operations import OperationKind, Outcome, Reason
from kiosk.domain.people import Found
from kiosk.wire.messages import OperationMessage

BEHIND = "behind"
"""What is said of an operation that was claimed and not sent: one of the same person goes first."""


@dataclass(frozen=True, slots=True)
class NewOperation:
    """A person's action, ready to be recorded.

    Attributes:
        id: UUIDv7.
        subject: Digest of the person acted on.
        label: Masked, for the screens of staff.
        body: The encoded message, sealed.
        card_proof: Digest of the card, where one was typed.
        birth_date_proof: Digest of the date of birth.
        made_by: Who was at the machine: ``self`` or a member of staff.
        made_at: Milliseconds, this machine's clock.
        is_unverified: It could not be told here whose the card is.
    """

    id: UUID
    kind: OperationKind
    subject: bytes
    label: str
    body: bytes = field(repr=False)
    card_proof: bytes | None
    birth_date_proof: bytes
    made_by: str
    made_at: int
    is_unverified: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """The operation is on disk, under this receipt."""

    receipt: str


@dataclass(frozen=True, slots=True)
class AlreadyWaiting:
    """Nothing was recorded: the same wish of the same person waits already."""

    receipt: str


@dataclass(frozen=True, slots=True)
class ClaimedOperation:
    """A row on its way to the registry.

    Attributes:
        attempts: Deliveries tried before.
        subject: Digest of the person acted on.
        is_whole: False where the disk has changed what was recorded.
    """

    id: UUID
    message: OperationMessage = field(repr=False)
    attempts: int
    subject: bytes
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Settlement:
    """The registry's final word on one operation, and what it had."""

    id: UUID
    outcome: Outcome
    reason: Reason | None
    decided_at: int
    found: Found | None = None


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How many operations are unanswered, and how many of them are parked."""

    waiting: int
    parked: int
