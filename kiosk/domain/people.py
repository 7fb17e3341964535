"""Who the registry knows: a person of the plan and where their account stands."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kiosk.domain.names import shown_name


class Origin(StrEnum):
    """Where an account comes from, which decides what it may do.

    Source: manual, "Informações", "Cadastro" and "Login".
    """

    NONE = "none"
    LEGACY_APP = "legacy_app"
    PORTAL = "portal"
    APP_2024 = "app_2024"


class MembershipStatus(StrEnum):
    """Whether the plan covers the person today."""

    ACTIVE = "active"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Found:
    """Where an account stood when an operation met it.

    Attributes:
        changed_at: When what the operation wanted to set was set before, milliseconds since 1970,
            where that is why it was refused.
    """

    origin: Origin
    status: MembershipStatus
    changed_at: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """One beneficiary with the standing of their account.

    Attributes:
        person_id: The plan's own number of the person; outlives a reissued card.
        holder_id: ``person_id`` of the holder, for a dependant.
        card_number: Cleaned, leading zeros kept.
        cpf: Eleven digits, or None for a person without one.
        email: As it was given, or None.
        email_is_shared: Another person has the same address, so it opens sign-in for neither.
        credential_changed_at: Position in the registry's feed of changes at which the present
            credential was set; 0 where it never was.
        credential_changed_by: Device whose operation set it; None where the plan's import did.
        credential_sequence: That device's own count of the operation.
        email_changed_at: As above, for the e-mail.
        email_changed_by: As above, for the e-mail.
        email_sequence: As above, for the e-mail.
    """

    person_id: str = field(repr=False)
    card_number: str = field(repr=False)
    birth_date: date = field(repr=False)
    full_name: str = field(repr=False)
    holder_id: str | None = field(default=None, repr=False)
    cpf: str | None = field(default=None, repr=False)
    social_name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    email_is_shared: bool = False
    status: MembershipStatus = MembershipStatus.ACTIVE
    origin: Origin = Origin.NONE
    credential_changed_at: int = 0
    credential_changed_by: str | None = None
    credential_sequence: int = 0
    email_changed_at: int = 0
    email_changed_by: str | None = None
    email_sequence: int = 0

    @property
    def shown_name(self) -> str:
        """The name every screen shows."""
        return shown_name(self.full_name, self.social_name)
