"""Esqueci minha senha through its widgets."""

from kiosk.domain.forms import ResetForm
from kiosk.domain.operations import Outcome, Reason
from kiosk.services.answers import Decided
from tests.ui.drivers import PASSWORD, Driver
from tests.ui.front_desks import RECEIPT


def test_form_as_typed_reaches_the_front_desk(driver: Driver) -> None:
    driver.front_desk.submission = Decided(RECEIPT, Outcome.ACCEPTED, None)
    driver.press("startReset")
    driver.fill_reset("maria@exemplo.com.br")
    driver.press("resetSubmit")
    driver.wait_page("outcomeScreen")
    assert driver.front_desk.asked == [
        ResetForm("maria@exemplo.com.br", "529.982.247-25", "24/03/1957", PASSWORD, PASSWORD)
    ]
    assert driver.text("outcomeTitle") == "Senha redefinida"
    driver.press("outcomeNext")
    assert driver.edit("signInIdentifier").text() == "maria@exemplo.com.br"


def test_not_registered_leads_to_cadastro_with_the_data(driver: Driver) -> None:
    driver.front_desk.submission = Decided(RECEIPT, Outcome.REJECTED, Reason.NOT_REGISTERED)
    driver.press("startReset")
    driver.fill_reset()
    driver.press("resetSubmit")
    driver.wait_page("outcomeScreen")
    driver.press("outcomeNext")
    assert driver.page == "registrationScreen"
    assert driver.edit("registrationCard").text() == "0012345678"
    assert driver.edit("registrationCpf").text() == "529.982.247-25"
    assert driver.edit("registrationBirthDate").text() == "24/03/1957"
    assert driver.edit("registrationPassword").text() == ""


def test_email_does_not_become_a_card(driver: Driver) -> None:
    driver.front_desk.submission = Decided(RECEIPT, Outcome.REJECTED, Reason.NOT_REGISTERED)
    driver.press("startReset")
    driver.fill_reset("maria@exemplo.com.br")
    driver.press("resetSubmit")
    driver.wait_page("outcomeScreen")
    driver.press("outcomeNext")
    assert driver.edit("registrationCard").text() == ""


def test_correcting_keeps_the_email(driver: Driver) -> None:
    driver.front_desk.submission = Decided(RECEIPT, Outcome.REJECTED, Reason.IDENTITY_MISMATCH)
    driver.press("startReset")
    driver.fill_reset("maria@exemplo.com.br")
    driver.press("resetSubmit")
    driver.wait_page("outcomeScreen")
    driver.press("outcomeNext")
    assert driver.page == "resetScreen"
    assert driver.edit("resetCardOrEmail").text() == "maria@exemplo.com.br"


def test_go_to_login_carries_the_first_field(driver: Driver) -> None:
    driver.press("startReset")
    driver.fill_reset()
    driver.press("resetGoToSignIn")
    assert driver.page == "signInScreen"
    assert driver.edit("signInIdentifier").text() == "0012345678"
    assert driver.edit("resetPassword").text() == ""


def test_empty_cpf_is_not_pointed_to_a_box_that_is_not_there(driver: Driver) -> None:
    driver.press("startReset")
    driver.press("resetSubmit")
    assert driver.message("resetCpf") == "Digite o CPF."


def test_hint_names_the_length_from_the_settings(driver: Driver) -> None:
    driver.press("startReset")
    assert driver.edit("resetPassword").accessibleDescription() == "pelo menos 8 caracteres"
