import os
from collections.abc import Iterator
from datetime import date

import pytest
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.drivers import Driver
from tests.ui.front_desks import FakeFrontDesk
from ui.base import theme as themes
from ui.base.theme import Face, Theme
from ui.screens.start import StartScreen
from ui.sessions import Session
from ui.window import Window

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

TODAY = date(2024, 6, 1)


@pytest.fixture(autouse=True)
def _event_loops_still_run(request: pytest.FixtureRequest) -> Iterator[None]:
    """Blame the test that ended the application from outside, not the hundred that follow it."""
    yield
    if "qapp" in request.fixturenames:
        loop = QEventLoop()
        QTimer.singleShot(0, loop.quit)
        assert loop.exec() == 0, "the application was told to exit outside of its own loop"


@pytest.fixture
def face() -> Face:
    """Which face the windows of a test have; a module about the desk says so."""
    return "kiosk"


@pytest.fixture
def theme(qapp: QApplication, qtbot: QtBot, face: Face) -> Theme:
    theme = themes.theme_for(face)
    # Whoever came before may have dressed the one application otherwise.
    if qapp.styleSheet() != themes.stylesheet(theme):
        themes.apply(qapp, theme)
    return theme


@pytest.fixture
def front_desk() -> FakeFrontDesk:
    return FakeFrontDesk()


@pytest.fixture
def driver(qtbot: QtBot, theme: Theme, front_desk: FakeFrontDesk) -> Iterator[Driver]:
    window = Window(theme, demo=True)
    qtbot.addWidget(window)
    start = StartScreen(theme)
    window.show_page(start)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    session = Session(app, theme, window, start, lambda: TODAY)
    with qtbot.waitActive(window):
        window.show()
    session.begin(lambda: front_desk)
    driver = Driver(qtbot, window, session, front_desk)
    qtbot.waitUntil(lambda: driver.text("statusLine").startswith("Em linha"))
    yield driver
    driver.end()


@pytest.fixture
def built(driver: Driver) -> Driver:
    """A driver whose screens have all been built."""
    for _ in driver.session.navigation.build_ahead():
        pass
    return driver
