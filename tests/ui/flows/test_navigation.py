"""From screen to screen."""

import threading
from datetime import datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kiosk.domain.clock_errors import ClockError, ClockErrorKind
from kiosk.domain.disks import DiskState
from kiosk.services.answers import LineStatus
from tests.ui.drivers import Driver
from ui.flows.carried import Carried


@pytest.mark.parametrize(
    ("button", "page"),
    [
        ("startRegistration", "registrationScreen"),
        ("startSignIn", "signInScreen"),
        ("startReset", "resetScreen"),
        ("startHelp", "helpScreen"),
        ("startPrivacy", "privacyScreen"),
    ],
)
@pytest.mark.parametrize("by_key", [False, True])
def test_start_leads_there_and_voltar_back(
    driver: Driver, button: str, page: str, by_key: bool
) -> None:
    if by_key:
        driver.key(button, Qt.Key.Key_Return)
    else:
        driver.press(button)
    assert driver.page == page
    if by_key:
        QTest.keyClick(driver.find(page), Qt.Key.Key_Escape)
    else:
        driver.press(page.replace("Screen", "Back"))
    assert driver.page == "startScreen"


def test_start_puts_the_focus_on_no_choice(driver: Driver) -> None:
    assert driver.find("startScreen").hasFocus()


def test_help_and_privacy_do_not_pile_up(driver: Driver) -> None:
    driver.press("startHelp")
    driver.press("helpPrivacy")
    driver.press("privacyHelp")
    assert driver.page == "helpScreen"
    driver.press("helpBack")
    assert driver.page == "startScreen"


def test_help_shows_the_portal_of_the_settings(driver: Driver) -> None:
    driver.press("startHelp")
    assert driver.text("helpContact") == driver.front_desk.portal_contact
    assert driver.text("helpPhone") == "0800 888 9504"


def test_end_at_a_kiosk_clears_what_was_copied(driver: Driver) -> None:
    QGuiApplication.clipboard().setText("0012345678")
    driver.session.navigation.end_session()
    assert QGuiApplication.clipboard().text() == ""


def test_typing_nothing_twice_carries_no_cpf(driver: Driver) -> None:
    driver.session.navigation.to_registration(Carried(card="0012345678", has_no_cpf=True))
    assert not driver.edit("registrationCpf").isEnabled()
    assert driver.edit("registrationBirthDate").hasFocus()


def test_foot_tells_line_and_waiting_from_another_thread(driver: Driver) -> None:
    since = datetime(2024, 6, 1, 14, 5)  # noqa: DTZ001 - the device's local time
    status = LineStatus(is_online=False, offline_since=since, waiting=3, parked=1)
    teller = threading.Thread(target=driver.front_desk.tell, args=(status,))
    teller.start()
    teller.join()
    words = "Sem linha desde 14:05 · 2 aguardando · 1 precisa de um atendente"
    driver.qtbot.waitUntil(lambda: driver.text("statusLine") == words)
    driver.press("statusTryNow")
    driver.qtbot.waitUntil(lambda: driver.front_desk.tries == 1)
    driver.front_desk.tell(LineStatus(is_online=True, offline_since=None, waiting=0, parked=0))
    driver.qtbot.waitUntil(lambda: driver.text("statusLine") == "Em linha")
    assert not driver.button("statusTryNow").isVisible()


@pytest.mark.parametrize("width", [1024, 1280, 1920])
def test_foot_has_room_for_all_that_may_be_told_at_once(driver: Driver, width: int) -> None:
    driver.window.resize(width, 720)
    error = ClockError(ClockErrorKind.AHEAD, 86_400)
    driver.front_desk.tell(
        LineStatus(
            is_online=False,
            offline_since=None,
            waiting=1234,
            parked=123,
            disk=DiskState.LOW,
            was_restored=True,
            clock_error=error,
        )
    )
    driver.qtbot.waitUntil(driver.button("statusTryNow").isVisible)
    assert "o relógio desta máquina está errado" in driver.text("statusLine")
    foot = driver.find("statusLine")
    QApplication.sendPostedEvents()
    assert driver.window.width() == width
    assert foot.heightForWidth(foot.width()) <= foot.height()


@pytest.mark.usefixtures("expected_stumbles")
def test_second_failure_does_not_hide_the_way_back(driver: Driver) -> None:
    driver.open_registration()
    driver.session.navigation.to_failure("AAAA")
    driver.session.navigation.to_failure("BBBB")
    assert driver.text("failureCode") == "Código: BBBB"
    driver.press("failureHelp")
    driver.press("helpBack")
    driver.press("failureBack")
    assert driver.page == "registrationScreen"
