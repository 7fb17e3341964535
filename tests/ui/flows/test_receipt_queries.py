"""Consultar recibo through its widgets."""

from datetime import datetime

import pytest
from PySide6.QtCore import Qt

from kiosk.domain.forms import Field, FieldProblem, ReceiptQuery
from kiosk.domain.operations import OperationKind, Outcome, Reason
from kiosk.services.answers import Invalid, ReceiptFound, ReceiptState, ReceiptUnknown
from tests.ui.drivers import Driver
from tests.ui.front_desks import RECEIPT

MADE_AT = datetime(2024, 5, 31, 9, 12)  # noqa: DTZ001 - shown as the device's local time


def found(
    state: ReceiptState, outcome: Outcome | None = None, reason: Reason | None = None
) -> ReceiptFound:
    return ReceiptFound(RECEIPT, OperationKind.RESET, MADE_AT, state, outcome, reason)


def query(driver: Driver, proof: str = "24/03/1957") -> None:
    driver.press("startHelp")
    driver.press("helpReceiptQuery")
    driver.edit("receiptNumber").setText(RECEIPT)
    driver.edit("receiptProof").setText(proof)
    driver.press("receiptSubmit")


def test_waiting_receipt_says_that_it_waits(driver: Driver) -> None:
    driver.front_desk.receipt_answer = found(ReceiptState.WAITING)
    query(driver)
    driver.qtbot.waitUntil(driver.find("receiptAnswer").isVisible)
    assert driver.front_desk.asked == [ReceiptQuery(RECEIPT, "24/03/1957")]
    assert driver.text("receiptAnswerTitle") == "Recebido, aguardando confirmação"
    assert "31/05/2024, 09:12" in driver.text("receiptAnswer")
    assert not driver.button("receiptNext").isVisible()


@pytest.mark.parametrize(
    ("typed", "is_proof"), [("24031957", True), ("99999999", True), ("٢٤٠٣١٩٥٧", False)]
)
def test_eight_bare_digits_are_asked_for_as_they_were_typed(
    driver: Driver, typed: str, is_proof: bool
) -> None:
    query(driver, typed)
    assert driver.edit("receiptProof").text() == typed
    assert (driver.message("receiptProof") == "") is is_proof


def test_refusal_leads_on_with_the_proof(driver: Driver) -> None:
    driver.front_desk.receipt_answer = found(
        ReceiptState.DECIDED, Outcome.REJECTED, Reason.NOT_REGISTERED
    )
    query(driver, "0012345678")
    driver.qtbot.waitUntil(driver.button("receiptNext").isVisible)
    assert driver.button("receiptNext").text() == "Fazer o cadastro"
    driver.press("receiptNext")
    assert driver.page == "registrationScreen"
    assert driver.edit("registrationCard").text() == "0012345678"
    assert driver.edit("receiptNumber").text() == ""


def test_mismatch_under_a_receipt_leads_to_the_same_form_again(driver: Driver) -> None:
    driver.front_desk.receipt_answer = found(
        ReceiptState.DECIDED, Outcome.REJECTED, Reason.IDENTITY_MISMATCH
    )
    query(driver)
    driver.qtbot.waitUntil(driver.button("receiptNext").isVisible)
    driver.press("receiptNext")
    assert driver.page == "resetScreen"
    assert driver.edit("resetBirthDate").text() == "24/03/1957"


def test_unknown_receipt_is_told_and_editing_takes_the_answer_away(driver: Driver) -> None:
    driver.front_desk.receipt_answer = ReceiptUnknown(line_is_down=True)
    query(driver)
    driver.qtbot.waitUntil(driver.find("receiptAnswer").isVisible)
    assert "linha está fora" in driver.text("receiptAnswer")
    driver.edit("receiptProof").setText("1")
    assert not driver.find("receiptAnswer").isVisible()


def test_problems_stand_at_their_fields(driver: Driver) -> None:
    driver.press("startHelp")
    driver.press("helpReceiptQuery")
    driver.press("receiptSubmit")
    assert driver.message("receiptNumber")
    assert driver.message("receiptProof")
    driver.edit("receiptNumber").setText("K7Q2MT-0042-C")
    driver.edit("receiptNumber").setFocus()
    driver.key("receiptNumber", Qt.Key.Key_Tab)
    assert "recibo" in driver.message("receiptNumber")


def test_problems_found_by_the_front_desk_stand_at_their_fields(driver: Driver) -> None:
    driver.front_desk.receipt_answer = Invalid({Field.PROOF: FieldProblem.NOT_A_PROOF})
    query(driver)
    driver.qtbot.waitUntil(lambda: bool(driver.message("receiptProof")))


def test_cancelled_query_is_not_heard_any_more(driver: Driver) -> None:
    driver.front_desk.receipt_answer = found(ReceiptState.WAITING)
    driver.front_desk.gate.clear()
    query(driver)
    driver.qtbot.waitUntil(driver.button("receiptCancel").isVisible)
    driver.press("receiptCancel")
    assert driver.button("receiptSubmit").isEnabled()
    driver.front_desk.gate.set()
    driver.front_desk.receipt_answer = ReceiptUnknown(line_is_down=False)
    driver.press("receiptSubmit")
    driver.qtbot.waitUntil(driver.find("receiptAnswer").isVisible)
    assert "Não há recibo" in driver.text("receiptAnswer")


@pytest.mark.parametrize("way", ["receiptBack", "receiptHelp"])
def test_leaving_forgets_the_query(driver: Driver, way: str) -> None:
    query(driver)
    driver.qtbot.waitUntil(driver.find("receiptAnswer").isVisible)
    driver.press(way)
    assert driver.page == "helpScreen"
    driver.press("helpReceiptQuery")
    assert driver.edit("receiptNumber").text() == ""
    assert not driver.find("receiptAnswer").isVisible()
