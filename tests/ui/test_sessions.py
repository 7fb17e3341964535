"""One run of the interface."""

from datetime import date

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.drivers import Driver
from tests.ui.front_desks import FakeFrontDesk
from ui.base.theme import Theme, theme_for
from ui.screens.start import StartScreen
from ui.sessions import Session
from ui.widgets.pages import Page
from ui.window import Window


def begin(qtbot: QtBot, app: QApplication, theme: Theme, front_desk: FakeFrontDesk) -> Driver:
    window = Window(theme, demo=True)
    qtbot.addWidget(window)
    start = StartScreen(theme)
    window.show_page(start)
    session = Session(app, theme, window, start)
    with qtbot.waitActive(window, timeout=45_000):
        window.show()
    session.begin(lambda: front_desk)
    driver = Driver(qtbot, window, session, front_desk)
    qtbot.waitUntil(lambda: driver.text("statusLine").startswith("Em linha"))
    return driver


@pytest.mark.parametrize(("day", "is_asked"), [(date(2095, 1, 1), True), (date(1999, 1, 1), False)])
def test_dates_of_birth_are_judged_by_the_front_desks_day(
    qtbot: QtBot, qapp: QApplication, theme: Theme, day: date, is_asked: bool
) -> None:
    front_desk = FakeFrontDesk()
    front_desk.day = day
    driver = begin(qtbot, qapp, theme, front_desk)
    driver.open_registration()
    driver.fill_registration()
    # By the clock of the machine that runs the test it is in the one case yet to come, and in the
    # other long past.
    driver.edit("registrationBirthDate").setText("24032090" if is_asked else "24032001")
    driver.press("registrationSubmit")
    if is_asked:
        qtbot.waitUntil(lambda: len(front_desk.asked) == 1)
    else:
        assert driver.message("registrationBirthDate") != ""
        assert front_desk.asked == []
    driver.end()


def test_it_says_once_when_everything_is_there(
    qtbot: QtBot, qapp: QApplication, theme: Theme
) -> None:
    window = Window(theme, demo=True)
    qtbot.addWidget(window)
    start = StartScreen(theme)
    window.show_page(start)
    session = Session(qapp, theme, window, start)
    said: list[bool] = []
    session.when_ready(lambda: said.append(window.findChild(QWidget, "failureScreen") is not None))
    front_desk = FakeFrontDesk()
    session.begin(lambda: front_desk)
    qtbot.waitUntil(lambda: bool(said))
    session.end()
    assert said == [True]


@pytest.mark.parametrize("face", ["kiosk", "desk"])
@pytest.mark.usefixtures("theme")
def test_screens_are_built_while_nobody_waits(qtbot: QtBot, qapp: QApplication, face: str) -> None:
    theme = theme_for("desk" if face == "desk" else "kiosk")
    driver = begin(qtbot, qapp, theme, FakeFrontDesk())
    expected = {
        "startScreen",
        "registrationScreen",
        "signInScreen",
        "resetScreen",
        "outcomeScreen",
        "helpScreen",
        "receiptScreen",
        "accountScreen",
        "privacyScreen",
        "failureScreen",
        *(["queueScreen"] if face == "desk" else []),
    }

    def built() -> set[str]:
        return {page.objectName() for page in driver.window.findChildren(Page)}

    qtbot.waitUntil(lambda: built() == expected)
    assert driver.page == "startScreen"
    driver.end()
