import os
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from PySide6.QtCore import QDeadlineTimer, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.drivers import Driver
from tests.ui.first_runs import NewMachine
from tests.ui.front_desks import FakeFrontDesk
from ui.base import theme as themes
from ui.base.theme import Face, Theme
from ui.flows.navigation import Navigation
from ui.screens.start import StartScreen
from ui.sessions import Session
from ui.window import Window

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

TODAY = date(2024, 6, 1)
PATIENCE_MS = 45_000


class PatientBot(QtBot):
    """Waits until a condition holds, also on a busy machine, and looks often."""

    def waitUntil(  # noqa: N802
        self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE_MS
    ) -> None:
        deadline = QDeadlineTimer(timeout)
        while not callback():
            if deadline.hasExpired():
                raise TimeoutError(f"it did not come to hold within {timeout} ms")
            # Unlike QTest.qWait this lets other threads have the interpreter meanwhile.
            loop = QEventLoop()
            QTimer.singleShot(1, loop, loop.quit)
            loop.exec()


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


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
def driver(
    qtbot: QtBot, theme: Theme, front_desk: FakeFrontDesk, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Driver]:
    window = Window(theme, demo=True)
    qtbot.addWidget(window)
    start = StartScreen(theme)
    window.show_page(start)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    session = Session(app, theme, window, start, lambda: TODAY)
    # A screen is built when it is asked for, as by a person who is quick: all of them take longer
    # than most tests. Whoever wants them asks for ``built``.
    monkeypatch.setattr(session.navigation, "build_ahead", lambda: iter(()))
    with qtbot.waitActive(window, timeout=PATIENCE_MS):
        window.show()
    session.begin(lambda: front_desk)
    driver = Driver(qtbot, window, session, front_desk)
    qtbot.waitUntil(lambda: driver.text("statusLine").startswith("Em linha"))
    yield driver
    driver.end()


@pytest.fixture
def new_machine(qtbot: QtBot, theme: Theme) -> Iterator[NewMachine]:
    made = NewMachine(qtbot, theme)
    yield made
    made.first_run.gate.set()
    made.session.end()
    assert made.first_run.is_closed


@pytest.fixture
def built(driver: Driver) -> Driver:
    """A driver whose screens have all been built."""
    for _ in Navigation.build_ahead(driver.session.navigation):
        pass
    return driver
