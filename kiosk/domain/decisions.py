"""What the registry decides when an operation meets the account as it stands.

The order of the rules is the order of the table in ``docs/domain.md``, "When operations meet".
"""

from dataclasses import dataclass
from typing import assert_never

from kiosk.domain import emails
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.operations import (
    ACCEPTED,
    Claim,
    Decision,
    OperationKind,
    Reason,
    Seen,
    quarantined,
    rejected,
)
from kiosk.domain.people import MembershipStatus, Origin, Person

MAX_SEEN_AGE_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Bars:
    """What stands in the way of an operation, whatever the account would allow.

    Attributes:
        before: Why it is not even looked at who was named: failures before, or a gate not passed.
            Looked at later, it would say whether the data belong together.
        after: Why nothing more is changed for a person who has proved who they are: a limit of
            self-service is reached.
    """

    before: Reason | None = None
    after: Reason | None = None


NO_BARS = Bars()


def belongs_together(kind: OperationKind, claim: Claim, person: Person) -> bool:
    """Tell whether card or e-mail, CPF and birth date are one and the same person's.

    A person without CPF is matched by a claim without one, and only at Cadastro: the manual's
    reset form has no "Não possui CPF". Cadastro names the card; only the reset takes an e-mail.
    """
    if claim.birth_date != person.birth_date or claim.cpf != person.cpf:
        return False
    if kind is OperationKind.RESET and claim.cpf is None:
        return False
    return _names(claim.identifier, person, by_email=kind is not OperationKind.REGISTER)


def decide(
    kind: OperationKind,
    claim: Claim,
    person: Person | None,
    *,
    seen: Seen,
    device: str,
    is_revoked: bool = False,
    bars: Bars = NO_BARS,
) -> Decision:
    """Decide one operation.

    Args:
        kind: What is asked.
        claim: Who the person says they are.
        person: Whom the registry found by the claim's identifier (and CPF), or None.
        seen: What the device knew when the person acted.
        device: The device that made the operation.
        is_revoked: It was revoked or reported stolen.
        bars: What stands in its way besides.
    """
    if is_revoked:
        return quarantined(Reason.DEVICE_REVOKED)
    if not seen.acted_now:
        if not seen.is_known:
            return quarantined(Reason.UNKNOWN_CURSOR)
        if seen.age_seconds is not None and seen.age_seconds > MAX_SEEN_AGE_SECONDS:
            return quarantined(Reason.STALE)
    if bars.before is not None:
        return rejected(bars.before)
    if person is None or not belongs_together(kind, claim, person):
        return rejected(Reason.IDENTITY_MISMATCH)
    if person.status is MembershipStatus.CANCELLED:
        return rejected(Reason.NOT_COVERED)
    decision = _decide_for(kind, person, seen, device)
    if decision is ACCEPTED and bars.after is not None:
        return rejected(bars.after)
    return decision


def _decide_for(kind: OperationKind, person: Person, seen: Seen, device: str) -> Decision:
    match kind:
        case OperationKind.REGISTER:
            return _decide_register(person)
        case OperationKind.RESET:
            return _decide_reset(person, seen, device)
        case OperationKind.SET_EMAIL:
            return _decide_set_email(person, seen, device)
        case _:
            assert_never(kind)


def _decide_register(person: Person) -> Decision:
    if person.origin is Origin.APP_2024:
        return rejected(Reason.ALREADY_REGISTERED)
    return ACCEPTED


def _decide_reset(person: Person, seen: Seen, device: str) -> Decision:
    if person.origin in (Origin.NONE, Origin.LEGACY_APP):
        return rejected(Reason.NOT_REGISTERED)
    if _overtaken(
        seen,
        device,
        at=person.credential_changed_at,
        by=person.credential_changed_by,
        sequence=person.credential_sequence,
    ):
        return rejected(Reason.SUPERSEDED)
    return ACCEPTED


def _decide_set_email(person: Person, seen: Seen, device: str) -> Decision:
    if _overtaken(
        seen,
        device,
        at=person.email_changed_at,
        by=person.email_changed_by,
        sequence=person.email_sequence,
    ):
        return rejected(Reason.CHANGED_MEANWHILE)
    return ACCEPTED


def _overtaken(seen: Seen, device: str, *, at: int, by: str | None, sequence: int) -> bool:
    """Tell whether something else came between what the device knew and now.

    An earlier operation of this same device does not count, since its people act one after the
    other. A later one does: it arrived first because this one was parked, or came in by file.

    Args:
        seen: What the device knew.
        device: Which one.
        at: Position of the present state in the feed.
        by: Device that set it.
        sequence: That device's own count of the operation that set it.
    """
    if by == device:
        return sequence > seen.sequence
    return not seen.acted_now and at > seen.position


def _names(identifier: Identifier, person: Person, *, by_email: bool) -> bool:
    match identifier.kind:
        case IdentifierKind.CARD:
            return identifier.value == person.card_number
        case IdentifierKind.EMAIL:
            return (
                by_email
                and person.email is not None
                and emails.key(person.email) == identifier.value
            )
        case IdentifierKind.CPF:
            return False
        case _:
            assert_never(identifier.kind)
