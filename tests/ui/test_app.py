"""From the first paint to the last thread."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from kiosk.complaints import Complaint
from kiosk.services.front_desk import FrontDesk
from tests.log_lines import lines_of
from tests.ui.drivers import PASSWORD
from tests.ui.front_desks import FakeFrontDesk
from ui.app import Painted, paint_first

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "kiosk",
    "ui.words",
    "ui.flows",
    "sqlalchemy",
    "msgspec",
    "httpx",
    "dataclasses",
    "structlog",
    "zxcvbn",
    "sqlcipher3",
    "keyring",
    "cryptography",
    "PySide6.QtSvg",
)
FIRST_IMPORTS = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from ui.app import paint_first
paint_first(sys.argv[1], True)
print([name for name in {HEAVY!r} if name in sys.modules])
"""
ALL_IMPORTS = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from ui.app import paint_first
for _ in paint_first(sys.argv[1], True).new_session().navigation.build_ahead():
    pass
print(sorted(name for name in sys.modules if "queue" in name and name.startswith("ui.")))
"""


@pytest.fixture
def painted(qtbot: QtBot) -> Painted:
    painted = paint_first("kiosk", True)
    qtbot.addWidget(painted.window)
    return painted


MEMORY = f"""
import gc, sys
sys.path.insert(0, {str(ROOT)!r})
from ui.base import garbage
garbage.put_off()
from PySide6.QtCore import QTimer
from tests.ui.front_desks import FakeFrontDesk
from ui.app import paint_first
painted = paint_first(sys.argv[1], True)
said = [gc.isenabled()]
def look():
    if gc.get_freeze_count():
        said[1:] = [gc.isenabled()]
        painted.window.close()
timer = QTimer(interval=5)
timer.timeout.connect(look)
timer.start()
painted.run(FakeFrontDesk)
print(said)
"""


def run(code: str, face: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, face],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.mark.parametrize("face", ["kiosk", "desk"])
def test_first_paint_brings_in_nothing_that_it_does_not_need(face: str) -> None:
    assert run(FIRST_IMPORTS, face) == "[]"


def test_only_the_desk_brings_the_queue_in() -> None:
    assert run(ALL_IMPORTS, "kiosk") == "[]"
    assert "ui.screens.queue" in run(ALL_IMPORTS, "desk")


def test_cycles_are_looked_for_only_among_what_is_made_later() -> None:
    assert run(MEMORY, "kiosk") == "[False, True]"


@pytest.mark.parametrize("demo", [True, False])
def test_band_stands_only_above_a_demonstration(qtbot: QtBot, demo: bool) -> None:
    painted = paint_first("desk", demo)
    qtbot.addWidget(painted.window)
    bands = painted.window.findChildren(QLabel, "demoBand")
    assert [band.text() for band in bands] == (["DEMONSTRAÇÃO"] if demo else [])
    assert painted.window.isVisible()


def test_run_ends_with_the_window_and_leaves_nothing_running(painted: Painted) -> None:
    threads = set(threading.enumerate())
    front_desk = FakeFrontDesk()
    openers: list[int] = []

    def open_front_desk() -> FrontDesk:
        openers.append(threading.get_ident())
        QTimer.singleShot(0, painted.window, painted.window.close)
        return front_desk

    hook = sys.excepthook
    assert painted.run(open_front_desk) == 0
    assert front_desk.is_closed
    assert openers != [threading.get_ident()]
    assert set(threading.enumerate()) == threads
    assert not [timer for timer in painted.window.findChildren(QTimer) if timer.isActive()]
    assert sys.excepthook is hook


def test_a_window_closed_before_anything_else_is_there_ends_the_program(painted: Painted) -> None:
    front_desk = FakeFrontDesk()
    painted.window.close()
    # Instead of waiting for ever. It must not outlive this test: an exit outside of the
    # application's own loop makes every later event loop of this process end at once.
    patience = QTimer(singleShot=True, interval=30_000)
    patience.timeout.connect(lambda: QApplication.exit(7))
    patience.start()
    try:
        assert painted.run(lambda: front_desk) == 0
    finally:
        patience.stop()
    assert front_desk.is_closed


@pytest.mark.parametrize("error", [Complaint("Não deu."), RuntimeError("outra coisa")])
def test_what_opening_raises_is_raised_again_after_the_window_closed(
    painted: Painted, error: Exception
) -> None:
    def open_front_desk() -> FrontDesk:
        raise error

    with pytest.raises(type(error)) as raised:
        painted.run(open_front_desk)
    assert raised.value is error
    assert not painted.window.isVisible()


def find(painted: Painted, name: str) -> Any:
    found = painted.window.findChild(QWidget, name)
    assert found is not None, name
    return found


def send_sign_in(painted: Painted) -> None:
    find(painted, "startSignIn").click()
    find(painted, "signInIdentifier").setText("0012345678")
    find(painted, "signInPassword").setText(PASSWORD)
    find(painted, "signInSubmit").click()
    assert not find(painted, "signInSubmit").isEnabled()


def test_form_sent_before_the_desk_is_open_waits_its_turn(painted: Painted, qtbot: QtBot) -> None:
    front_desk = FakeFrontDesk()
    gate = threading.Event()

    def send() -> None:
        send_sign_in(painted)
        assert not front_desk.asked
        gate.set()
        qtbot.waitUntil(find(painted, "signInSubmit").isEnabled)
        painted.window.close()

    def open_front_desk() -> FrontDesk:
        QTimer.singleShot(0, painted.window, send)
        assert gate.wait(60)
        return front_desk

    painted.run(open_front_desk)
    assert len(front_desk.asked) == 1


def test_closing_cancels_what_runs(painted: Painted) -> None:
    front_desk = FakeFrontDesk()
    front_desk.gate.clear()

    def send() -> None:
        send_sign_in(painted)
        painted.window.close()

    def open_front_desk() -> FrontDesk:
        QTimer.singleShot(0, painted.window, send)
        return front_desk

    assert painted.run(open_front_desk) == 0
    assert front_desk.is_closed


def stumble() -> None:
    raise ValueError("529.982.247-25")


@pytest.mark.usefixtures("expected_stumbles")
def test_error_in_a_slot_is_told_and_the_program_goes_on(
    painted: Painted, caplog: pytest.LogCaptureFixture
) -> None:
    front_desk = FakeFrontDesk()
    window = painted.window
    codes: list[str] = []

    def fail() -> None:
        try:
            stumble()
        except ValueError as error:
            sys.excepthook(ValueError, error, error.__traceback__)
        label = window.findChild(QWidget, "failureCode")
        assert isinstance(label, QLabel)
        codes.append(label.text())
        window.close()

    def open_front_desk() -> FrontDesk:
        QTimer.singleShot(0, window, fail)
        return front_desk

    assert painted.run(open_front_desk) == 0
    assert codes[0].startswith("Código: ")
    assert "529" not in lines_of(caplog.records)
