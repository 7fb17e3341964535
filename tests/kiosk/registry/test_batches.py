"""What the operations of one batch do to each other, between its reading and its writing."""

import pytest
from sqlalchemy import text

from kiosk.registry.claims import NotUnderstood
from kiosk.registry.tables import changes, operations
from kiosk.wire.messages import FoundMessage
from tests.kiosk.registry.workbench import Workbench


def test_a_later_operation_meets_what_an_earlier_one_set(registry: Workbench) -> None:
    registry.add_person()
    first, second = registry.push(registry.message(), registry.message())
    assert (second.outcome, second.reason) == ("rejected", "already_registered")
    assert second.found == FoundMessage(
        origin="app_2024", status="active", changed_at=first.decided_at
    )


@pytest.mark.parametrize(
    ("address", "outcome"), [("nova@exemplo.com.br", "accepted"), ("velha@exemplo.com.br", None)]
)
def test_a_reset_goes_by_the_email_set_just_before(
    registry: Workbench, address: str, outcome: str | None
) -> None:
    registry.add_person(origin="app_2024", email="velha@exemplo.com.br")
    by_email = registry.credential(identifier_kind="email", identifier=address)
    set_email, reset = registry.push(
        registry.message("set_email", registry.email("Nova@exemplo.com.br")),
        registry.message("reset", by_email),
    )
    assert set_email.outcome == "accepted"
    assert reset.outcome == (outcome or "rejected")
    assert (registry.account().password_hash is not None) == (outcome == "accepted")


def test_an_address_that_comes_to_be_shared_in_one_batch_is_told_of_both(
    registry: Workbench,
) -> None:
    registry.add_person(1)
    registry.add_person(2)
    address = "casa@exemplo.com.br"
    registry.push(
        *(registry.message("set_email", registry.email(address, number)) for number in (1, 2))
    )
    told = [row["person_id"] for row in registry.rows(changes) if row["person_id"] is not None]
    assert told == ["P1", "P2", "P1"]


def test_outcomes_come_after_the_accounts_and_positions_are_without_gap(
    registry: Workbench,
) -> None:
    for number in (1, 2):
        registry.add_person(number)
    registry.push(*(registry.message(body=registry.credential(number)) for number in (1, 2)))
    rows = registry.rows(changes)
    assert [row["what"] for row in rows] == ["credential", "credential", "outcome", "outcome"]
    assert [row["position"] for row in rows] == [1, 2, 3, 4]
    assert [registry.account(f"P{n}").person.credential_changed_at for n in (1, 2)] == [1, 2]


def test_a_position_is_not_given_twice_after_the_feed_was_cleared(registry: Workbench) -> None:
    registry.add_person()
    registry.push(registry.message())
    with registry.engine.begin() as connection:
        connection.execute(text("DELETE FROM changes"))
    registry.push(registry.message("reset"))
    registry.tell("P1")
    assert [row["position"] for row in registry.rows(changes)] == [3, 4, 5]
    assert registry.account().person.credential_changed_at == 3


def test_one_receipt_for_two_operations_of_a_batch_is_named(registry: Workbench) -> None:
    registry.add_person()
    first = registry.message()
    with pytest.raises(NotUnderstood) as raised:
        registry.push(first, registry.message("reset", receipt=first.receipt))
    assert (raised.value.index, raised.value.what) == (1, "receipt used before")
    assert registry.rows(operations) == []


def test_a_card_is_taken_as_it_is_written(registry: Workbench) -> None:
    registry.add_person()
    body = registry.credential(identifier="000000000001\0")
    (answer,) = registry.push(registry.message(body=body))
    assert answer.reason == "identity_mismatch"


def test_of_two_people_each_keeps_their_own(registry: Workbench) -> None:
    registry.add_person(1, origin="app_2024", email="casa@exemplo.com.br")
    registry.add_person(2, origin="app_2024", email="casa@exemplo.com.br")
    before = registry.account("P1")
    by_email = registry.credential(2, identifier_kind="email", identifier="casa@exemplo.com.br")
    registry.push(
        registry.message("reset", registry.credential(1, cpf=None)),
        registry.message("reset", by_email),
    )
    assert registry.account("P1") == before
    assert registry.account("P2").password_hash is not None
