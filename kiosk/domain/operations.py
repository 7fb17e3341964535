"""What a person asked for, and what can become of it."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kiosk.domain.identifiers import Identifier


class OperationKind(StrEnum):
    """What an operation asks the registry to do."""

    REGISTER = "register"
    RESET = "reset"
    SET_EMAIL = "set_email"


class Outcome(StrEnum):
    """The registry's final word on an operation.

    ``WITHDRAWN`` and ``REPLACED`` (sent again under another receipt) are the device's own.
    """

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"


class Reason(StrEnum):
    """Why an operation was not accepted."""

    IDENTITY_MISMATCH = "identity_mismatch"
    NOT_COVERED = "not_covered"
    ALREADY_REGISTERED = "already_registered"
    NOT_REGISTERED = "not_registered"
    SUPERSEDED = "superseded"
    CHANGED_MEANWHILE = "changed_meanwhile"
    ID_REUSED = "id_reused"
    STALE = "stale"
    UNKNOWN_CURSOR = "unknown_cursor"
    DEVICE_REVOKED = "device_revoked"
    THROTTLED = "throttled"
    GATE_FAILED = "gate_failed"


class ParkedReason(StrEnum):
    """Why an operation waits for a person to look at it."""

    NOT_UNDERSTOOD = "not_understood"
    NO_ANSWER = "no_answer"
    ANSWER_NOT_UNDERSTOOD = "answer_not_understood"
    DAMAGED = "damaged"
    REGISTRY_FAILED = "registry_failed"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a person says they are: what the forms ask for, cleaned.

    Attributes:
        identifier: Card or e-mail (the first field of Cadastro and of the reset).
        cpf: Eleven digits; None for "Não possui CPF".
        birth_date: Date of birth.
    """

    identifier: Identifier
    cpf: str | None = field(repr=False)
    birth_date: date = field(repr=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the device knew when the person acted.

    Attributes:
        position: Place in the registry's feed of changes that the device had applied.
        age_seconds: Age of that knowledge by the registry's own clock; None where it is not known
            because the device had never pulled.
        is_known: False where the registry did not issue the cursor that came with the operation.
        acted_now: The operation was delivered in the same breath in which the person acted, so
            nothing can have come between.
        sequence: The device's own count of what people did there.
    """

    position: int
    age_seconds: float | None
    is_known: bool = True
    acted_now: bool = False
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What the registry answers to one operation."""

    outcome: Outcome
    reason: Reason | None = None


ACCEPTED = Decision(Outcome.ACCEPTED)


def rejected(reason: Reason) -> Decision:
    """Return the decision that refuses for a reason."""
    return Decision(Outcome.REJECTED, reason)


def quarantined(reason: Reason) -> Decision:
    """Return the decision that keeps an operation aside for a supervisor."""
    return Decision(Outcome.QUARANTINED, reason)
