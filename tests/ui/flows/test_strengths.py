"""The meter below a new password."""

from datetime import date

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from kiosk.domain.forms import Rules
from kiosk.domain.passwords import OwnData
from kiosk.domain.strengths import Advice, Strength, StrengthLevel
from tests.log_lines import lines_of
from tests.ui.drivers import CPF, Driver
from ui.widgets import strength_meters
from ui.words.strengths import first_advice

METER = "registrationPasswordStrength"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr(strength_meters, "announce", lambda _widget, words: heard.append(words))
    return heard


def meter_of(driver: Driver, name: str = METER) -> QWidget:
    parent = driver.find(name).parentWidget()
    assert parent is not None
    return parent


def wait_for(driver: Driver, words: str, name: str = METER) -> None:
    driver.qtbot.waitUntil(lambda: driver.text(name) == words)


def test_it_tells_once_the_keys_are_still(driver: Driver, said: list[str]) -> None:
    driver.open_registration()
    driver.edit("registrationCard").setText("0012345678")
    driver.edit("registrationCpf").setText(CPF)
    driver.edit("registrationBirthDate").setText("24031957")
    assert driver.text(METER) == first_advice()
    QTest.keyClicks(driver.edit("registrationPassword"), "bola azul")
    wait_for(driver, "Senha boa: junte mais uma palavra")
    own = OwnData("0012345678", CPF, date(1957, 3, 24))
    assert driver.front_desk.measured == [("bola azul", own)]
    assert said == ["Senha boa: junte mais uma palavra"]
    assert meter_of(driver).accessibleName() == "Força da senha"


def test_the_reset_has_it_too(driver: Driver) -> None:
    driver.press("startReset")
    driver.fill_reset("ines@exemplo.com.br")
    wait_for(driver, "Senha boa: junte mais uma palavra", "resetPasswordStrength")
    assert driver.front_desk.measured[-1][1].email == "ines@exemplo.com.br"


def test_the_same_words_are_said_once(driver: Driver, said: list[str]) -> None:
    driver.open_registration()
    edit = driver.edit("registrationPassword")
    edit.setText("bola azul")
    wait_for(driver, "Senha boa: junte mais uma palavra")
    edit.setText("bola azul!")
    driver.qtbot.waitUntil(lambda: len(driver.front_desk.measured) == 2)
    driver.front_desk.strength = Strength(StrengthLevel.STRONG)
    edit.setText("bola azul no quintal")
    wait_for(driver, "Senha forte")
    assert said == ["Senha boa: junte mais uma palavra", "Senha forte"]


def test_what_is_typed_beside_it_is_taken_into_account(driver: Driver) -> None:
    driver.open_registration()
    driver.fill_registration()
    driver.qtbot.waitUntil(lambda: len(driver.front_desk.measured) == 1)
    card = driver.edit("registrationCard")
    card.setFocus()
    card.setText("0087654321")
    driver.edit("registrationCpf").setFocus()
    driver.qtbot.waitUntil(lambda: len(driver.front_desk.measured) == 2)
    assert driver.front_desk.measured[-1][1].card_number == "0087654321"


def test_an_emptied_field_knows_nothing(driver: Driver) -> None:
    driver.open_registration()
    edit = driver.edit("registrationPassword")
    edit.setText("bola azul")
    wait_for(driver, "Senha boa: junte mais uma palavra")
    edit.setText("")
    assert driver.text(METER) == first_advice()


def test_it_stands_aside_for_a_message_and_nothing_moves(driver: Driver) -> None:
    driver.open_registration()
    meter = meter_of(driver)
    edit = driver.edit("registrationPassword")
    edit.setText("bola azul")
    wait_for(driver, "Senha boa: junte mais uma palavra")
    page = driver.window.page
    assert page is not None
    page.settle()
    place = driver.find("registrationConfirmation").mapTo(page, QPoint(0, 0))
    edit.setFocus()
    edit.setText("curta")
    driver.edit("registrationConfirmation").setFocus()
    assert driver.message("registrationPassword")
    assert not meter.isVisible()
    page.settle()
    assert driver.find("registrationConfirmation").mapTo(page, QPoint(0, 0)) == place
    edit.setText("curta e boa")
    assert meter.isVisible()


def test_it_hinders_nobody(driver: Driver) -> None:
    driver.front_desk.strength = Strength(StrengthLevel.WEAK, Advice.LENGTHEN)
    driver.open_registration()
    driver.fill_registration()
    wait_for(driver, "Senha fraca: escreva mais um pouco")
    driver.press("registrationSubmit")
    driver.wait_page("outcomeScreen")


def test_a_meter_that_stumbles_stops_nobody(
    driver: Driver, caplog: pytest.LogCaptureFixture, expected_stumbles: None
) -> None:
    driver.front_desk.strength_error = ValueError("529.982.247-25")
    driver.open_registration()
    driver.fill_registration()
    driver.qtbot.waitUntil(lambda: "strength_not_measured" in caplog.text)
    assert "529" not in lines_of(caplog.records)
    assert driver.text(METER) == first_advice()
    driver.press("registrationSubmit")
    driver.wait_page("outcomeScreen")


def test_a_refused_password_says_why(driver: Driver) -> None:
    driver.front_desk.rules = Rules(common_passwords={"jabuticaba"})
    driver.open_registration()
    driver.fill_registration(password="Jabuticaba7")
    driver.press("registrationSubmit")
    assert "Junte três palavras" in driver.message("registrationPassword")
    assert not driver.front_desk.asked
