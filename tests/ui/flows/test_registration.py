"""Cadastro through its widgets."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QScrollArea

from kiosk.domain.forms import Field, FieldProblem, RegistrationForm, Rules
from kiosk.domain.gates import CodeFault
from kiosk.domain.operations import Outcome, Reason
from kiosk.services.answers import (
    CodeRefused,
    Decided,
    Held,
    Invalid,
    Mismatched,
    NeedsLine,
    NoKey,
    NoRoom,
    Submission,
    Waiting,
)
from tests.log_lines import lines_of
from tests.ui.drivers import CPF, PASSWORD, Driver
from tests.ui.front_desks import RECEIPT
from ui.base.theme import Theme


def test_form_as_typed_reaches_the_front_desk_once(driver: Driver) -> None:
    driver.open_registration()
    driver.fill_registration()
    driver.press("registrationSubmit")
    driver.wait_page("outcomeScreen")
    assert driver.front_desk.asked == [
        RegistrationForm("0012345678", "529.982.247-25", False, "24/03/1957", PASSWORD, PASSWORD)
    ]
    assert driver.text("outcomeTitle") == "Recebido, aguardando confirmação"
    assert driver.text("outcomeReceipt") == RECEIPT


def test_double_click_does_one_thing(driver: Driver) -> None:
    driver.open_registration()
    driver.fill_registration()
    driver.front_desk.gate.clear()
    submit = driver.button("registrationSubmit")
    QTest.mouseDClick(submit, Qt.MouseButton.LeftButton)
    QTest.mouseClick(submit, Qt.MouseButton.LeftButton)
    driver.key("registrationConfirmation", Qt.Key.Key_Return)
    assert not submit.isEnabled()
    driver.front_desk.gate.set()
    driver.wait_page("outcomeScreen")
    assert len(driver.front_desk.asked) == 1


def test_enter_in_the_last_field_submits(driver: Driver) -> None:
    driver.open_registration()
    driver.fill_registration()
    confirmation = driver.edit("registrationConfirmation")
    confirmation.setText("")
    QTest.keyClicks(confirmation, PASSWORD)
    driver.key("registrationConfirmation", Qt.Key.Key_Return)
    driver.wait_page("outcomeScreen")


def test_scanned_card_and_enter_go_to_the_next_field(driver: Driver) -> None:
    driver.open_registration()
    QTest.keyClicks(driver.edit("registrationCard"), "0012345678")
    driver.key("registrationCard", Qt.Key.Key_Return)
    assert driver.edit("registrationCpf").hasFocus()
    assert not driver.message("registrationCpf")
    assert not driver.front_desk.asked


def test_empty_form_shows_a_message_at_each_field_and_goes_to_the_first(driver: Driver) -> None:
    driver.open_registration()
    driver.press("registrationSubmit")
    for name in ("Card", "Cpf", "BirthDate", "Password", "Confirmation"):
        assert driver.message(f"registration{name}"), name
        assert driver.find(f"registration{name}Message").isVisible()
    assert "Não possui CPF" in driver.message("registrationCpf")
    assert driver.edit("registrationCard").hasFocus()
    assert not driver.front_desk.asked


def test_focus_goes_to_the_first_field_in_error_and_editing_clears_its_message(
    driver: Driver,
) -> None:
    driver.open_registration()
    driver.fill_registration(password="abc")
    driver.press("registrationSubmit")
    password = driver.edit("registrationPassword")
    assert password.hasFocus()
    assert driver.message("registrationPassword") in password.accessibleDescription()
    QTest.keyClicks(password, "x")
    assert not driver.message("registrationPassword")


def test_field_is_checked_when_it_is_left(driver: Driver) -> None:
    driver.open_registration()
    driver.edit("registrationCard").setText("12")
    driver.key("registrationCard", Qt.Key.Key_Tab)
    assert "carteirinha" in driver.message("registrationCard")
    assert not driver.message("registrationCpf")


def test_empty_field_merely_passed_by_is_not_blamed(driver: Driver) -> None:
    driver.open_registration()
    driver.key("registrationCard", Qt.Key.Key_Tab)
    driver.key("registrationCpf", Qt.Key.Key_Tab)
    assert not driver.message("registrationCard")
    assert not driver.message("registrationCpf")


def test_field_emptied_again_is_blamed(driver: Driver) -> None:
    driver.open_registration()
    QTest.keyClicks(driver.edit("registrationCard"), "1")
    driver.key("registrationCard", Qt.Key.Key_Backspace)
    driver.key("registrationCard", Qt.Key.Key_Tab)
    assert driver.message("registrationCard")


def test_changed_password_checks_its_confirmation_again(driver: Driver) -> None:
    driver.open_registration()
    driver.fill_registration()
    password = driver.edit("registrationPassword")
    password.setFocus()
    QTest.keyClicks(password, "!")
    driver.key("registrationPassword", Qt.Key.Key_Tab)
    assert driver.message("registrationConfirmation")


def test_no_cpf_clears_and_disables_the_cpf(driver: Driver) -> None:
    driver.open_registration()
    driver.fill_registration()
    box = driver.find("registrationNoCpf")
    assert isinstance(box, QCheckBox)
    box.click()
    cpf = driver.edit("registrationCpf")
    assert cpf.text() == ""
    assert not cpf.isEnabled()
    driver.press("registrationSubmit")
    driver.wait_page("outcomeScreen")
    form = driver.front_desk.asked[0]
    assert isinstance(form, RegistrationForm)
    assert form.has_no_cpf
    assert form.cpf == ""


def test_unticking_no_cpf_by_keyboard_leads_to_the_cpf(driver: Driver) -> None:
    driver.open_registration()
    driver.find("registrationNoCpf").setFocus(Qt.FocusReason.TabFocusReason)
    driver.key("registrationNoCpf", Qt.Key.Key_Space)
    assert not driver.edit("registrationCpf").isEnabled()
    driver.key("registrationNoCpf", Qt.Key.Key_Space)
    assert driver.edit("registrationCpf").isEnabled()
    assert driver.edit("registrationCpf").hasFocus()


def test_busy_state_comes_after_a_moment_and_cancelling_keeps_the_form(driver: Driver) -> None:
    driver.open_registration()
    driver.fill_registration()
    driver.front_desk.gate.clear()
    driver.press("registrationSubmit")
    cancel = driver.button("registrationCancel")
    assert not cancel.isVisible()
    driver.qtbot.waitUntil(cancel.isVisible)
    driver.press("registrationCancel")
    driver.wait_idle("registrationSubmit")
    assert driver.page == "registrationScreen"
    assert "Nada foi enviado" in driver.text("registrationNotice")
    assert driver.edit("registrationPassword").text() == PASSWORD
    assert not cancel.isVisible()


def test_escape_while_busy_cancels_and_stays(driver: Driver) -> None:
    driver.open_registration()
    driver.fill_registration()
    driver.front_desk.gate.clear()
    driver.press("registrationSubmit")
    driver.key("registrationCard", Qt.Key.Key_Escape)
    driver.wait_idle("registrationSubmit")
    assert driver.page == "registrationScreen"


def test_voltar_while_busy_cancels_and_leaves(driver: Driver) -> None:
    driver.open_registration()
    driver.fill_registration()
    driver.front_desk.gate.clear()
    driver.press("registrationSubmit")
    driver.press("registrationBack")
    driver.wait_page("startScreen")
    driver.open_registration()
    assert driver.edit("registrationCard").text() == ""


def test_late_cancellation_tells_the_truth(driver: Driver) -> None:
    driver.front_desk.heeds_cancel = False
    driver.front_desk.submission = Waiting(RECEIPT, cancel_came_late=True)
    driver.open_registration()
    driver.fill_registration()
    driver.front_desk.gate.clear()
    driver.press("registrationSubmit")
    driver.press("registrationBack")
    driver.wait_page("outcomeScreen")
    assert "tarde" in driver.text("outcomeText")
    assert driver.text("outcomeReceipt") == RECEIPT


@pytest.mark.parametrize("leave", ["back", "escape"])
def test_leaving_keeps_nothing(driver: Driver, leave: str) -> None:
    driver.open_registration()
    driver.fill_registration()
    driver.button("registrationPasswordShow").click()
    if leave == "back":
        driver.press("registrationBack")
    else:
        driver.key("registrationPassword", Qt.Key.Key_Escape)
    assert driver.page == "startScreen"
    for name in ("Card", "Cpf", "BirthDate", "Password", "Confirmation"):
        edit = driver.edit(f"registration{name}")
        assert edit.text() == "", name
        edit.undo()
        assert edit.text() == "", name
    assert driver.edit("registrationPassword").echoMode().name == "Password"


def test_leaving_by_voltar_does_not_complain_first(driver: Driver) -> None:
    driver.open_registration()
    driver.edit("registrationCard").setText("12")
    driver.press("registrationBack")
    driver.open_registration()
    assert not driver.message("registrationCard")


def test_help_and_back_keep_the_form_but_no_password(driver: Driver) -> None:
    driver.open_registration()
    driver.fill_registration()
    driver.press("registrationHelp")
    assert driver.page == "helpScreen"
    driver.press("helpBack")
    assert driver.page == "registrationScreen"
    assert driver.edit("registrationCard").text() == "0012345678"
    assert driver.edit("registrationPassword").text() == ""
    assert driver.edit("registrationConfirmation").text() == ""


def test_problems_found_by_the_front_desk_stand_at_their_fields(driver: Driver) -> None:
    driver.front_desk.submission = Invalid({Field.CARD: FieldProblem.NOT_A_CARD})
    driver.open_registration()
    driver.fill_registration()
    driver.press("registrationSubmit")
    driver.qtbot.waitUntil(lambda: bool(driver.message("registrationCard")))
    assert driver.edit("registrationCard").hasFocus()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (NoRoom(), "sem espaço"),
        (NoKey(), "ainda não conseguiu falar com o cadastro central"),
        (NeedsLine(), "o código por e-mail precisa dela"),
        (CodeRefused(CodeFault.MISSING), "precisa de um código"),
        (CodeRefused(CodeFault.MALFORMED), "não confere"),
        (CodeRefused(CodeFault.WRONG), "não confere"),
        (CodeRefused(CodeFault.EXPIRED), "passou do prazo"),
        (CodeRefused(CodeFault.USED), "já foi usado"),
    ],
)
def test_what_was_not_begun_is_said_beside_the_form(
    driver: Driver, answer: Submission, words: str
) -> None:
    driver.front_desk.submission = answer
    driver.open_registration()
    driver.fill_registration()
    driver.press("registrationSubmit")
    driver.qtbot.waitUntil(lambda: words in driver.text("registrationNotice"))
    assert driver.page == "registrationScreen"


def test_accepted_leads_to_login_with_the_card(driver: Driver) -> None:
    driver.front_desk.submission = Decided(RECEIPT, Outcome.ACCEPTED, None)
    driver.open_registration()
    driver.fill_registration()
    driver.press("registrationSubmit")
    driver.wait_page("outcomeScreen")
    assert driver.text("outcomeTitle") == "Cadastro concluído"
    driver.press("outcomeNext")
    assert driver.page == "signInScreen"
    assert driver.edit("signInIdentifier").text() == "0012345678"
    assert driver.edit("signInPassword").hasFocus()


def test_already_registered_leads_to_login_or_to_the_reset(driver: Driver) -> None:
    driver.front_desk.submission = Decided(RECEIPT, Outcome.REJECTED, Reason.ALREADY_REGISTERED)
    driver.open_registration()
    driver.fill_registration()
    driver.press("registrationSubmit")
    driver.wait_page("outcomeScreen")
    driver.press("outcomeOther")
    assert driver.page == "resetScreen"
    assert driver.edit("resetCardOrEmail").text() == "0012345678"
    assert driver.edit("resetCpf").text() == "529.982.247-25"
    assert driver.edit("resetBirthDate").text() == "24/03/1957"
    assert driver.edit("resetPassword").text() == ""


@pytest.mark.parametrize(
    "refusal",
    [
        Decided(RECEIPT, Outcome.REJECTED, Reason.IDENTITY_MISMATCH),
        Decided(RECEIPT, Outcome.REJECTED, Reason.THROTTLED),
        Held(),
        Mismatched(),
    ],
    ids=["mismatch", "throttled", "held", "mismatch here"],
)
def test_mismatch_leads_back_to_the_form_with_what_was_typed(
    driver: Driver, refusal: Submission
) -> None:
    driver.front_desk.submission = refusal
    driver.open_registration()
    driver.fill_registration()
    driver.press("registrationSubmit")
    driver.wait_page("outcomeScreen")
    assert "espere alguns minutos antes de tentar de novo" in driver.text("outcomeText")
    driver.press("outcomeNext")
    assert driver.page == "registrationScreen"
    assert driver.edit("registrationCard").text() == "0012345678"
    assert driver.edit("registrationCpf").text() == "529.982.247-25"
    assert driver.edit("registrationPassword").text() == ""


@pytest.mark.usefixtures("expected_stumbles")
def test_unforeseen_error_is_told_calmly_and_nothing_is_lost(
    driver: Driver, caplog: pytest.LogCaptureFixture
) -> None:
    driver.front_desk.error = RuntimeError(f"{CPF} {PASSWORD}")
    driver.open_registration()
    driver.fill_registration()
    driver.press("registrationSubmit")
    driver.wait_page("failureScreen")
    assert "Nada do que você digitou foi perdido" in driver.text("failureText")
    assert driver.text("failureCode").startswith("Código: ")
    told = lines_of(caplog.records)
    assert CPF not in told
    assert PASSWORD not in told
    assert "RuntimeError" in told
    driver.press("failureBack")
    assert driver.page == "registrationScreen"
    assert driver.edit("registrationPassword").text() == PASSWORD
    assert driver.button("registrationSubmit").isEnabled()


def test_second_enter_on_the_button_presses_nothing_else(driver: Driver) -> None:
    driver.open_registration()
    driver.fill_registration()
    driver.front_desk.gate.clear()
    driver.find("registrationSubmit").setFocus(Qt.FocusReason.TabFocusReason)
    driver.key("registrationSubmit", Qt.Key.Key_Return)
    QTest.keyClick(driver.window.focusWidget(), Qt.Key.Key_Return)
    assert driver.page == "registrationScreen"
    driver.qtbot.waitUntil(driver.button("registrationCancel").isVisible)
    assert driver.button("registrationCancel").hasFocus()
    driver.key("registrationCancel", Qt.Key.Key_Return)
    driver.wait_idle("registrationSubmit")
    assert driver.button("registrationSubmit").hasFocus()
    assert len(driver.front_desk.asked) == 1


def test_filled_form_begins_with_its_first_field(driver: Driver) -> None:
    driver.open_registration()
    driver.fill_registration()
    driver.find("registrationScreen").setFocus()
    assert driver.window.page is not None
    driver.window.page.begin()
    assert driver.edit("registrationCard").hasFocus()


def test_what_became_of_it_is_noted_as_told_once_it_is_painted(driver: Driver) -> None:
    driver.open_registration()
    driver.fill_registration()
    driver.press("registrationSubmit")
    driver.wait_page("outcomeScreen")
    driver.qtbot.waitUntil(lambda: driver.front_desk.told == 1)


def test_what_is_said_of_a_common_password_leaves_the_confirmation_in_view(
    driver: Driver, theme: Theme
) -> None:
    driver.front_desk.rules = Rules(common_passwords=frozenset({"jabuticaba"}))
    driver.window.resize(1366, 768)
    driver.open_registration()
    driver.fill_registration(password="jabuticaba")
    driver.edit("registrationPassword").setFocus()
    driver.edit("registrationConfirmation").setFocus()
    driver.edit("registrationPassword").setFocus()
    QApplication.sendPostedEvents()
    QApplication.processEvents()
    message = driver.find("registrationPasswordMessage")
    assert driver.message("registrationPassword").startswith("Muita gente usa")
    assert message.height() < 2 * message.fontMetrics().height()
    edit = driver.edit("registrationConfirmation")
    area = driver.find("registrationScreen").findChild(QScrollArea)
    assert isinstance(area, QScrollArea)
    assert area.verticalScrollBar().value() == 0
    bottom = edit.mapTo(area.viewport(), QPoint(0, edit.height())).y()
    assert bottom <= area.viewport().height()
