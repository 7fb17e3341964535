"""From a machine that is none to the program that opens on it, in one run of the command."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from kiosk import bootstrap
from kiosk.complaints import NotEnrolled
from kiosk.services.first_runs import Enrolled
from kiosk.services.front_desk import FrontDesk
from tests.ui.first_runs import ADDRESS, TYPED, FakeFirstRun
from tests.ui.front_desks import FakeFrontDesk
from ui.app import paint_first
from ui.commands import Face, Invocation, _open_face
from ui.window import Window


class Technician:
    """Looks at whatever is on the screen and does the next thing."""

    def __init__(self, *, leaves: bool) -> None:
        self.seen: list[str] = []
        self.themes: list[str] = []
        self._leaves = leaves
        self._timer = QTimer()
        self._timer.setInterval(5)
        self._timer.timeout.connect(self.act)
        self._timer.start()

    def act(self) -> None:
        for window in QApplication.topLevelWidgets():
            if isinstance(window, Window) and window.isVisible() and window.page is not None:
                self._work(window, window.page.objectName())

    def stop(self) -> None:
        self._timer.stop()

    def _work(self, window: Window, page: str) -> None:
        if page != (self.seen or [""])[-1]:
            self.seen.append(page)
            self.themes.append(window.page.theme.face if window.page else "")
        match page:
            case "firstRunScreen" if self._leaves:
                _press(window, "firstRunBack")
            case "firstRunScreen":
                for name, text in (("firstRunAddress", ADDRESS), ("firstRunCode", TYPED)):
                    edit = window.findChild(QLineEdit, name)
                    assert isinstance(edit, QLineEdit)
                    edit.setText(text)
                _press(window, "firstRunSubmit")
            case "firstRunFoundScreen":
                _press(window, "firstRunFile")
                _press(window, "firstRunConfirm")
            case "firstRunCheckScreen":
                _press(window, "firstRunDone")
            case "startScreen" if "firstRunCheckScreen" in self.seen:
                window.close()


def _press(window: Window, name: str) -> None:
    button = window.findChild(QAbstractButton, name)
    assert isinstance(button, QAbstractButton)
    if button.isVisible() and button.isEnabled():
        button.click()


@pytest.fixture
def first_run(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeFirstRun]:
    made = FakeFirstRun()
    made.enrolled = Enrolled("K7Q2MT", "Balcão 1", "desk")
    opened: list[str] = []

    def open_front_desk(*_: object, face: str) -> FrontDesk:
        opened.append(face)
        if len(opened) == 1:
            raise NotEnrolled
        assert made.is_closed
        return FakeFrontDesk()

    monkeypatch.setattr(bootstrap, "open_front_desk", open_front_desk)
    monkeypatch.setattr(bootstrap, "begin_first_run", lambda _: made)
    yield made
    assert opened in (["kiosk"], ["kiosk", "desk"])


def open_kiosk(qtbot: QtBot, folder: Path) -> int:
    painted = paint_first("kiosk", demo=False)
    qtbot.addWidget(painted.window)
    with pytest.raises(typer.Exit) as ended:
        _open_face(Invocation(Path("main.py"), painted), Face.KIOSK, folder, None, None)
    assert not painted.window.isVisible()
    return ended.value.exit_code


def test_the_program_goes_on_with_the_face_that_the_code_gave(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, first_run: FakeFirstRun
) -> None:
    technician = Technician(leaves=False)
    assert open_kiosk(qtbot, tmp_path) == 0
    technician.stop()
    steps = ["firstRunScreen", "firstRunFoundScreen", "firstRunCheckScreen"]
    # The last one stands until the window that follows is painted.
    assert [one for one in dict.fromkeys(technician.seen) if one.startswith("firstRun")] == steps
    shown = list(zip(technician.seen, technician.themes, strict=True))
    assert ("startScreen", "desk") in shown
    assert ("firstRunScreen", "kiosk") in shown


def test_whoever_leaves_is_told_what_else_can_be_typed(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, first_run: FakeFirstRun
) -> None:
    painted = paint_first("kiosk", demo=False)
    qtbot.addWidget(painted.window)
    technician = Technician(leaves=True)
    with pytest.raises(NotEnrolled):
        _open_face(Invocation(Path("main.py"), painted), Face.KIOSK, tmp_path, None, None)
    technician.stop()
    assert first_run.is_closed
    assert not painted.window.isVisible()
