"""Login through its widgets."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from kiosk.domain.forms import Field, FieldProblem, SignInForm
from kiosk.domain.sign_in import SignInResult, WaysIn
from kiosk.services.answers import Account, Invalid, NeedsLine, Refused, SignedIn
from tests.ui.drivers import PASSWORD, Driver

ACCOUNT = Account("Maria d'Ávila", "0012345678", WaysIn(True, True, False), None)


def sign_in(driver: Driver, identifier: str) -> None:
    driver.press("startSignIn")
    driver.fill_sign_in(identifier)
    driver.press("signInSubmit")


def test_signed_in_person_sees_their_account_and_ends(driver: Driver) -> None:
    driver.front_desk.sign_in_answer = SignedIn(ACCOUNT)
    sign_in(driver, " 0012345678 ")
    driver.wait_page("accountScreen")
    assert driver.front_desk.asked == [SignInForm(" 0012345678 ", PASSWORD)]
    assert driver.text("accountName") == "Maria d'Ávila"
    assert driver.text("accountCard") == "0012 3456 78"
    assert driver.text("accountWaysIn") == "número do cartão ou CPF"
    assert "0800 888 9504" in driver.text("accountEmail")
    driver.press("accountEnd")
    assert driver.page == "startScreen"
    for name in ("accountName", "accountCard", "accountWaysIn", "accountEmail"):
        assert driver.text(name) == "", name
    assert driver.edit("signInIdentifier").text() == ""
    assert driver.edit("signInPassword").text() == ""


def test_account_leads_to_the_reset_with_the_card(driver: Driver) -> None:
    driver.front_desk.sign_in_answer = SignedIn(ACCOUNT)
    sign_in(driver, "0012345678")
    driver.wait_page("accountScreen")
    driver.press("accountChangePassword")
    assert driver.edit("resetCardOrEmail").text() == "0012345678"


def test_registered_email_is_shown_masked(driver: Driver) -> None:
    account = Account("Ana", "0012345678", WaysIn(True, True, True), "a•••a@exemplo.com.br")
    driver.front_desk.sign_in_answer = SignedIn(account)
    sign_in(driver, "0012345678")
    driver.wait_page("accountScreen")
    assert driver.text("accountEmail") == "a•••a@exemplo.com.br"


def test_no_match_says_so_and_asks_for_the_password_again(driver: Driver) -> None:
    driver.front_desk.sign_in_answer = Refused(SignInResult.NO_MATCH)
    sign_in(driver, "0012345678")
    driver.wait_idle("signInSubmit")
    notice = driver.text("signInNotice")
    assert "espere alguns minutos antes de tentar de novo" in notice
    assert "0800 888 9504" in notice
    assert driver.edit("signInIdentifier").text() == "0012345678"
    assert driver.edit("signInPassword").text() == ""
    assert driver.edit("signInPassword").hasFocus()


def test_must_reset_opens_the_reset_with_the_cpf(driver: Driver) -> None:
    driver.front_desk.sign_in_answer = Refused(SignInResult.MUST_RESET)
    sign_in(driver, "52998224725")
    driver.wait_page("resetScreen")
    assert driver.edit("resetCpf").text() == "529.982.247-25"
    assert driver.edit("resetCardOrEmail").text() == ""
    assert driver.edit("resetPassword").text() == ""
    assert "Portal" in driver.text("resetNotice")
    assert driver.edit("resetCardOrEmail").hasFocus()


def test_must_reset_opens_the_reset_with_the_email(driver: Driver) -> None:
    driver.front_desk.sign_in_answer = Refused(SignInResult.MUST_RESET)
    sign_in(driver, "maria@exemplo.com.br")
    driver.wait_page("resetScreen")
    assert driver.edit("resetCardOrEmail").text() == "maria@exemplo.com.br"


def test_must_register_opens_cadastro_with_the_card(driver: Driver) -> None:
    driver.front_desk.sign_in_answer = Refused(SignInResult.MUST_REGISTER)
    sign_in(driver, "0012345678")
    driver.wait_page("registrationScreen")
    assert driver.edit("registrationCard").text() == "0012345678"
    assert "aplicativo antigo" in driver.text("registrationNotice")


def test_cancelled_membership_is_told_after_the_right_password(driver: Driver) -> None:
    driver.front_desk.sign_in_answer = Refused(SignInResult.NOT_COVERED)
    sign_in(driver, "0012345678")
    driver.wait_page("outcomeScreen")
    assert driver.text("outcomeTitle") == "Este cartão está cancelado"
    assert not driver.find("outcomeReceipt").isVisible()
    assert not driver.button("outcomeNext").isVisible()
    driver.press("outcomeHelp")
    assert driver.page == "helpScreen"
    driver.press("helpBack")
    assert driver.page == "outcomeScreen"
    driver.press("outcomeDone")
    assert driver.page == "startScreen"


def test_without_line_login_says_what_can_be_done_now(driver: Driver) -> None:
    driver.front_desk.sign_in_answer = NeedsLine()
    sign_in(driver, "0012345678")
    driver.wait_idle("signInSubmit")
    notice = driver.text("signInNotice")
    assert "precisa da linha" in notice
    assert "Cadastro" in notice
    assert "0800 888 9504" in notice


def test_enter_in_the_password_submits(driver: Driver) -> None:
    driver.front_desk.sign_in_answer = SignedIn(ACCOUNT)
    driver.press("startSignIn")
    QTest.keyClicks(driver.edit("signInIdentifier"), "0012345678")
    driver.key("signInIdentifier", Qt.Key.Key_Return)
    assert driver.edit("signInPassword").hasFocus()
    QTest.keyClicks(driver.edit("signInPassword"), PASSWORD)
    driver.key("signInPassword", Qt.Key.Key_Enter)
    driver.wait_page("accountScreen")


def test_empty_form_is_not_sent(driver: Driver) -> None:
    driver.press("startSignIn")
    driver.press("signInSubmit")
    assert driver.message("signInIdentifier")
    assert driver.message("signInPassword")
    assert driver.edit("signInIdentifier").hasFocus()


def test_left_field_is_checked(driver: Driver) -> None:
    driver.press("startSignIn")
    driver.edit("signInIdentifier").setText("não é")
    driver.key("signInIdentifier", Qt.Key.Key_Tab)
    assert driver.message("signInIdentifier")
    driver.edit("signInIdentifier").setFocus()
    driver.edit("signInIdentifier").setText("maria@exemplo.com.br")
    driver.key("signInIdentifier", Qt.Key.Key_Tab)
    assert not driver.message("signInIdentifier")


def test_problems_found_by_the_front_desk_stand_at_their_fields(driver: Driver) -> None:
    driver.front_desk.sign_in_answer = Invalid({Field.IDENTIFIER: FieldProblem.NOT_AN_IDENTIFIER})
    sign_in(driver, "0012345678")
    driver.wait_idle("signInSubmit")
    assert driver.message("signInIdentifier")


def test_cancelling_says_so_and_leaving_drops_the_answer(driver: Driver) -> None:
    driver.front_desk.gate.clear()
    sign_in(driver, "0012345678")
    driver.key("signInIdentifier", Qt.Key.Key_Escape)
    driver.wait_idle("signInSubmit")
    assert "Cancelado" in driver.text("signInNotice")
    driver.front_desk.heeds_cancel = False
    driver.front_desk.sign_in_answer = SignedIn(ACCOUNT)
    driver.press("signInSubmit")
    driver.press("signInBack")
    driver.wait_page("startScreen")


@pytest.mark.parametrize(
    ("link", "page", "field"),
    [
        ("signInGoToReset", "resetScreen", "resetCardOrEmail"),
        ("signInGoToRegistration", "registrationScreen", "registrationCard"),
    ],
)
def test_links_carry_what_was_typed(driver: Driver, link: str, page: str, field: str) -> None:
    driver.press("startSignIn")
    driver.fill_sign_in("0012345678")
    driver.press(link)
    assert driver.page == page
    assert driver.edit(field).text() == "0012345678"


def test_links_rest_while_a_request_runs(driver: Driver) -> None:
    driver.front_desk.gate.clear()
    sign_in(driver, "0012345678")
    assert not driver.button("signInGoToReset").isEnabled()
    driver.front_desk.gate.set()
    driver.wait_idle("signInSubmit")
    assert driver.button("signInGoToReset").isEnabled()


def test_help_wipes_the_password(driver: Driver) -> None:
    driver.press("startSignIn")
    driver.fill_sign_in()
    driver.press("signInHelp")
    driver.press("helpBack")
    assert driver.edit("signInIdentifier").text() == "0012345678"
    assert driver.edit("signInPassword").text() == ""


def test_hidden_name_stays_markup_free(driver: Driver) -> None:
    account = Account("<b>x</b>&amp;", "<i>1</i>", WaysIn(False, False, False), "<u>")
    driver.front_desk.sign_in_answer = SignedIn(account)
    sign_in(driver, "0012345678")
    driver.wait_page("accountScreen")
    assert driver.text("accountName") == "<b>x</b>&amp;"
