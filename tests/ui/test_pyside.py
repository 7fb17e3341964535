"""The binding must not lose references: docs/adr/0003-pyside-below-6.12.md."""

import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

CALLS = 200


@pytest.mark.parametrize("method", ["setText", "update", "start timer", "process events"])
def test_a_call_that_returns_nothing_costs_no_reference(method: str, qtbot: QtBot) -> None:
    edit = QLineEdit()
    qtbot.addWidget(edit)
    timer = QTimer(edit)
    calls: dict[str, Callable[[], object]] = {
        "setText": lambda: edit.setText("x"),
        "update": edit.update,
        "start timer": lambda: timer.start(10_000),
        "process events": QCoreApplication.processEvents,
    }
    call = calls[method]
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        call()
    assert sys.getrefcount(None) - before > -CALLS // 2
