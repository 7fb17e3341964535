"""Leaving, Enter, scanners, and what was really typed."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from ui.widgets.line_edits import LineEdit

SCANNER_GAP = 0.01
HUMAN_GAP = 0.12


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.gap = HUMAN_GAP

    def __call__(self) -> float:
        self.now += self.gap
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def edit(qtbot: QtBot, clock: Clock) -> Iterator[LineEdit]:
    ground = QWidget()
    qtbot.addWidget(ground)
    edit = LineEdit("edit", clock)
    edit.setParent(ground)
    ground.show()
    yield edit
    ground.close()


@pytest.fixture
def entered(edit: LineEdit) -> Iterator[list[bool]]:
    seen: list[bool] = []
    edit.entered.connect(seen.append)
    yield seen
    edit.entered.disconnect()


@pytest.mark.parametrize(
    ("text", "gap", "enter_gap", "was_scanned"),
    [
        ("0012345678", SCANNER_GAP, SCANNER_GAP, True),
        ("0012345678", HUMAN_GAP, HUMAN_GAP, False),
        ("0012345678", SCANNER_GAP, HUMAN_GAP, False),
        ("00123", SCANNER_GAP, SCANNER_GAP, False),
        ("001234", SCANNER_GAP, SCANNER_GAP, True),
    ],
)
def test_enter_tells_a_scanner_from_a_person(
    edit: LineEdit,
    qtbot: QtBot,
    clock: Clock,
    entered: list[bool],
    text: str,
    gap: float,
    enter_gap: float,
    was_scanned: bool,
) -> None:
    clock.gap = gap
    QTest.keyClicks(edit, text)
    clock.gap = enter_gap
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert entered == [was_scanned]


def test_second_scan_after_a_damaged_one_is_a_scan_again(
    edit: LineEdit, qtbot: QtBot, clock: Clock, entered: list[bool]
) -> None:
    clock.gap = SCANNER_GAP
    for _ in range(2):
        QTest.keyClicks(edit, "0012345678")
        QTest.keyClick(edit, Qt.Key.Key_Return)
        clock.now += 5
    assert entered == [True, True]


def test_key_without_text_ends_the_burst(
    edit: LineEdit, qtbot: QtBot, clock: Clock, entered: list[bool]
) -> None:
    clock.gap = SCANNER_GAP
    QTest.keyClicks(edit, "0012345678")
    QTest.keyClick(edit, Qt.Key.Key_Left)
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert entered == [False]


@pytest.mark.parametrize(
    ("reason", "is_left"),
    [
        (Qt.FocusReason.TabFocusReason, True),
        (Qt.FocusReason.MouseFocusReason, True),
        (Qt.FocusReason.ActiveWindowFocusReason, False),
        (Qt.FocusReason.PopupFocusReason, False),
    ],
)
def test_left_means_another_widget_of_the_window(
    edit: LineEdit, reason: Qt.FocusReason, is_left: bool
) -> None:
    seen: list[bool] = []
    edit.left.connect(lambda: seen.append(True))
    QApplication.sendEvent(edit, QFocusEvent(QEvent.Type.FocusOut, reason))
    assert bool(seen) == is_left


@pytest.mark.parametrize("text", ["", "ação", "😀", "a\x00b", "\u202eabc", "x" * 10_000])
def test_typed_is_exact(edit: LineEdit, text: str) -> None:
    edit.setText(text)
    assert edit.typed() == text


def test_unwritable_text_does_not_pass_for_a_writable_one(edit: LineEdit) -> None:
    edit.setText("segre\ud800do")
    assert edit.typed() == "segredo\ud800"


def test_wiped_text_cannot_be_undone(edit: LineEdit, qtbot: QtBot) -> None:
    QTest.keyClicks(edit, "segredo")
    edit.wipe()
    edit.undo()
    assert edit.text() == ""
