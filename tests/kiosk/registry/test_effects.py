import pytest

from kiosk.registry.tables import changes, people
from tests.kiosk.registry.workbench import DEVICE, OTHER_DEVICE, Workbench


def told(registry: Workbench) -> list[str]:
    return [row["person_id"] for row in registry.rows(changes) if row["person_id"] is not None]


def set_email(registry: Workbench, address: str, number: int = 1) -> None:
    message = registry.message("set_email", registry.email(address, number))
    assert registry.push(message)[0].outcome == "accepted"


def test_an_email_set_here_is_kept_as_typed_and_is_ours(registry: Workbench) -> None:
    registry.add_person()
    set_email(registry, " Joana@Exemplo.com.br ")
    (row,) = registry.rows(people)
    assert row["email"] == "Joana@Exemplo.com.br"
    assert row["email_key"] == "joana@exemplo.com.br"
    assert row["email_source"] == "here"
    assert row["email_changed_by"] == DEVICE
    assert row["email_changed_at"] == registry.rows(changes)[0]["position"]
    assert row["credential_changed_at"] == 0


def test_sharing_an_address_is_told_of_both(registry: Workbench) -> None:
    registry.add_person(1, email="casa@exemplo.com.br")
    registry.add_person(2)
    set_email(registry, "CASA@exemplo.com.br", 2)
    assert told(registry) == ["P2", "P1"]
    assert registry.account("P1").person.email_is_shared


def test_a_third_holder_changes_nothing_for_the_others(registry: Workbench) -> None:
    registry.add_person(1, email="casa@exemplo.com.br")
    registry.add_person(2, email="casa@exemplo.com.br")
    registry.add_person(3)
    set_email(registry, "casa@exemplo.com.br", 3)
    assert told(registry) == ["P3"]


def test_leaving_an_address_is_told_of_whoever_keeps_it_alone(registry: Workbench) -> None:
    registry.add_person(1, email="casa@exemplo.com.br")
    registry.add_person(2, email="casa@exemplo.com.br")
    set_email(registry, "dois@exemplo.com.br", 2)
    assert told(registry) == ["P2", "P1"]
    assert not registry.account("P1").person.email_is_shared


def test_another_spelling_of_the_same_address_is_told_of_its_holder_alone(
    registry: Workbench,
) -> None:
    registry.add_person(1, email="casa@exemplo.com.br")
    registry.add_person(2, email="casa@exemplo.com.br")
    set_email(registry, "Casa@exemplo.com.br", 2)
    assert told(registry) == ["P2"]


@pytest.mark.parametrize(("device", "outcome"), [(DEVICE, "accepted"), (OTHER_DEVICE, "rejected")])
def test_an_email_changed_meanwhile_elsewhere_stands(
    registry: Workbench, device: str, outcome: str
) -> None:
    registry.add_person()
    seen = registry.pull().cursor
    body = registry.email("um@exemplo.com.br")
    registry.push(registry.message("set_email", body, device), device=device)
    late = registry.message("set_email", registry.email("dois@exemplo.com.br"), seen=seen)
    (answer,) = registry.push(late)
    assert answer.outcome == outcome
    assert answer.reason == (None if outcome == "accepted" else "changed_meanwhile")
