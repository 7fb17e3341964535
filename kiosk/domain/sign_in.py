"""Who may sign in with what, and which words come before and after the right password.

Source: manual, "Informações" and "Login"; the table stands in ``docs/domain.md``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.people import MembershipStatus, Origin, Person


class SignInResult(StrEnum):
    """The answer to an attempt to sign in.

    Everything before the right password is ``NO_MATCH``: unknown, wrong, locked and cancelled are
    one and the same to a stranger.
    """

    SIGNED_IN = "signed_in"
    NO_MATCH = "no_match"
    MUST_REGISTER = "must_register"
    MUST_RESET = "must_reset"
    NOT_COVERED = "not_covered"


@dataclass(frozen=True, slots=True)
class Candidate:
    """The one person whose password is verified, and by what they were found."""

    person: Person
    found_by: IdentifierKind


@dataclass(frozen=True, slots=True)
class WaysIn:
    """What opens an account, for the screen after sign-in."""

    card: bool
    cpf: bool
    email: bool


def choose_candidate(found: Sequence[tuple[Identifier, Sequence[Person]]]) -> Candidate | None:
    """Pick the one person to verify a password for, or None.

    Args:
        found: The readings of what was typed in the order of classification, each with the people
            who have it. The first reading that anybody has decides. Two people behind it (a shared
            e-mail) are nobody.
    """
    for identifier, people in found:
        if people:
            if len(people) > 1 or (
                identifier.kind is IdentifierKind.EMAIL and people[0].email_is_shared
            ):
                return None
            return Candidate(people[0], identifier.kind)
    return None


def judge(candidate: Candidate, *, password_matches: bool) -> SignInResult:
    """Answer an attempt once the password was verified."""
    person = candidate.person
    if not password_matches or person.origin is Origin.NONE:
        return SignInResult.NO_MATCH
    if person.status is MembershipStatus.CANCELLED:
        return SignInResult.NOT_COVERED
    if person.origin is Origin.LEGACY_APP:
        return SignInResult.MUST_REGISTER
    if person.origin is Origin.PORTAL and candidate.found_by is not IdentifierKind.CARD:
        return SignInResult.MUST_RESET
    return SignInResult.SIGNED_IN


def ways_in(person: Person) -> WaysIn:
    """Return what opens this account at Login."""
    is_new = person.origin is Origin.APP_2024
    return WaysIn(
        card=person.origin in (Origin.PORTAL, Origin.APP_2024),
        cpf=is_new and person.cpf is not None,
        email=is_new and person.email is not None and not person.email_is_shared,
    )
