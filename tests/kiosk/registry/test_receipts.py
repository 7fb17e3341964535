from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from kiosk.registry.tables import people
from kiosk.wire.messages import ReceiptBody, ReceiptResponse
from tests.kiosk.registry.workbench import BORN, OTHER_DEVICE, Workbench


def ask(
    registry: Workbench, receipt: str, card: str | None = None, born: date | None = None
) -> ReceiptResponse:
    return registry.receipts.query(
        OTHER_DEVICE, ReceiptBody(receipt=receipt, card_number=card, birth_date=born)
    )


@pytest.mark.parametrize(
    "proof", [{"card": "000000000001"}, {"card": "0000.0000-0001"}, {"born": BORN}]
)
@pytest.mark.parametrize("is_known", [True, False])
def test_whoever_made_an_operation_learns_what_became_of_it(
    registry: Workbench, proof: dict[str, Any], is_known: bool
) -> None:
    if is_known:
        registry.add_person()
    message = registry.message()
    (answer,) = registry.push(message)
    registry.clock.now += 1
    assert ask(registry, message.receipt.replace("-", " ").lower(), **proof) == ReceiptResponse(
        kind="register",
        outcome=answer.outcome,
        reason=answer.reason,
        made_at=message.made_at,
        decided_at=answer.decided_at,
    )


@pytest.mark.parametrize(
    "proof", [{"card": "000000000002"}, {"born": date(1950, 3, 25)}, {"card": ""}, {}]
)
@pytest.mark.parametrize("is_known", [True, False])
def test_a_wrong_proof_is_answered_like_an_unknown_receipt(
    registry: Workbench, proof: dict[str, Any], is_known: bool
) -> None:
    if is_known:
        registry.add_person()
    message = registry.message()
    registry.push(message)
    unknown = registry.message()
    assert ask(registry, message.receipt, **proof) == ReceiptResponse()
    assert ask(registry, unknown.receipt, **proof) == ReceiptResponse()
    assert ask(registry, "nada", **proof) == ReceiptResponse()


def test_a_reissued_card_opens_an_old_receipt_and_so_does_the_old_one(registry: Workbench) -> None:
    registry.add_person()
    message = registry.message()
    registry.push(message)
    with registry.engine.begin() as connection:
        connection.execute(update(people).values(card_number="777777777777"))
    for card in ("777777777777", "000000000001"):
        assert ask(registry, message.receipt, card=card).outcome == "accepted"


def test_an_operation_by_email_is_opened_by_the_card_of_its_person(registry: Workbench) -> None:
    registry.add_person(origin="app_2024", email="um@exemplo.com.br")
    body = registry.credential(identifier_kind="email", identifier="um@exemplo.com.br")
    message = registry.message("reset", body)
    registry.push(message)
    assert ask(registry, message.receipt, card="000000000001").outcome == "accepted"
    assert ask(registry, message.receipt, card="000000000002") == ReceiptResponse()
