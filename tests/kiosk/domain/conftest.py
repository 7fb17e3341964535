"""People as the registry knows them, for the tests of its decisions."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from kiosk.domain.people import Person

MakePerson = Callable[..., Person]


@pytest.fixture(scope="session")
def make_person() -> MakePerson:
    """Return a maker of one and the same person, but for what is said otherwise."""

    def make(**other: Any) -> Person:
        usual: dict[str, Any] = {
            "person_id": "000123",
            "card_number": "0012345678",
            "birth_date": date(1960, 3, 24),
            "full_name": "Inês D'Ávila Conceição",
            "cpf": "52998224725",
            "email": "Ines@Exemplo.com.br",
        }
        return Person(**(usual | other))

    return make
