"""Opening a person's attempts again, once somebody has seen who they are."""

from sqlalchemy import Engine

from kiosk.database.engines import reading
from kiosk.domain import cards
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.registry.people import find
from kiosk.registry.throttles import Throttle


def unlock(engine: Engine, throttle: Throttle, card: str) -> int | None:
    """Open every pair of a person; return how many, or None where nobody has the card.

    Args:
        engine: The registry's database.
        throttle: Whose counts are opened.
        card: As it was typed.
    """
    with reading(engine).connect() as connection:
        found = find(connection, Identifier(IdentifierKind.CARD, cards.clean(card)))
    if not found:
        return None
    person = found[0].person
    named = (person.card_number, person.cpf, person.email)
    return throttle.open(person.person_id, *(one for one in named if one is not None))
