"""One field takes card, CPF or e-mail: what was typed is classified, never asked for.

Source: manual, "Login" (CARTÃO BENEFICIÁRIO, CPF OU E-MAIL) and "Esqueci minha senha".
"""

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.domain import cards, cpfs, emails
from kiosk.domain.cards import CardFormat


class IdentifierKind(StrEnum):
    """What a person named themselves by."""

    CARD = "card"
    CPF = "cpf"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One reading of what was typed.

    Attributes:
        kind: Which of the three it is read as.
        value: Cleaned card or CPF, or the comparison key of an e-mail.
    """

    kind: IdentifierKind
    value: str = field(repr=False)


def canonical(text: str) -> str:
    """Return what was typed in the one spelling under which its failures are counted."""
    return emails.key(text) if "@" in text else cards.clean(text)


def classify(text: str, card_format: CardFormat) -> tuple[Identifier, ...]:
    """Return the readings of a typed identifier, in the order in which they are tried.

    A text with ``@`` is an e-mail. What fits the card pattern is a card; as a CPF it is tried only
    where no card matches, so at most two readings come back. An empty tuple means it is none.
    """
    if "@" in text:
        address = emails.key(text)
        local, _, host = address.rpartition("@")
        if not local or not host or any(character.isspace() for character in address):
            return ()
        return (Identifier(IdentifierKind.EMAIL, address),)
    cleaned = cards.clean(text)
    readings: list[Identifier] = []
    if card_format.matches(cleaned):
        readings.append(Identifier(IdentifierKind.CARD, cleaned))
    if cpfs.is_valid(cleaned):
        readings.append(Identifier(IdentifierKind.CPF, cleaned))
    return tuple(readings)
