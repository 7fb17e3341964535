from collections.abc import Callable

import pytest

from kiosk.domain.people import Person


@pytest.mark.parametrize(
    ("social_name", "shown"),
    [(None, "Inês D'Ávila Conceição"), ("Davi Conceição", "Davi Conceição")],
)
def test_a_person_is_shown_by_the_name_they_go_by(
    make_person: Callable[..., Person], social_name: str | None, shown: str
) -> None:
    assert make_person(social_name=social_name).shown_name == shown
