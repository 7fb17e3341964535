import pytest

from kiosk.database.engines import reading
from kiosk.database.statements import driver_of
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.operations import Claim
from kiosk.registry.people import by_id, by_ids, find, find_claimed
from tests.kiosk.registry.workbench import BORN, CPFS, Workbench

EMAIL = "casa@exemplo.com.br"


def test_people_are_found_by_each_of_their_identifiers(registry: Workbench) -> None:
    registry.add_person(1, email=EMAIL)
    registry.add_person(2)
    with reading(registry.engine).connect() as connection:
        for kind, value in (
            (IdentifierKind.CARD, "000000000001"),
            (IdentifierKind.CPF, CPFS[0]),
            (IdentifierKind.EMAIL, EMAIL),
        ):
            (account,) = find(connection, Identifier(kind, value))
            assert account == registry.account("P1")
            assert not find(connection, Identifier(kind, "nada"))


def test_more_than_two_behind_an_email_are_not_fetched(registry: Workbench) -> None:
    for number in (1, 2, 3):
        registry.add_person(number, email=EMAIL)
    with reading(registry.engine).connect() as connection:
        found = find(connection, Identifier(IdentifierKind.EMAIL, EMAIL))
    assert [account.person.email_is_shared for account in found] == [True, True]


@pytest.mark.parametrize("cpf", [CPFS[0], None])
def test_a_claim_by_cpf_alone_is_nobodys(registry: Workbench, cpf: str | None) -> None:
    registry.add_person()
    claim = Claim(Identifier(IdentifierKind.CPF, CPFS[0]), cpf, BORN)
    with reading(registry.engine).connect() as connection:
        assert find_claimed(driver_of(connection), [claim]) == []


def test_people_who_do_not_exist_are_left_out(registry: Workbench) -> None:
    registry.add_person()
    with reading(registry.engine).connect() as connection:
        assert by_id(connection, "P9") is None
        assert set(by_ids(connection, ["P1", "P9"])) == {"P1"}


def test_an_account_does_not_show_the_person(registry: Workbench) -> None:
    registry.add_person(password="a senha")
    account = registry.account()
    assert repr(account) == f"Account(ref={account.ref!r})"
