"""docs/widgets.md and the live windows say the same."""

import re
from pathlib import Path

from PySide6 import QtWidgets
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from tests.ui.drivers import Driver

PAGE = Path(__file__).resolve().parents[2] / "docs" / "widgets.md"
ROW = re.compile(r"^\| `(\w+)` \| (Q\w+) \|", re.MULTILINE)


def live(driver: Driver) -> list[QWidget]:
    widgets = [driver.window, *driver.window.findChildren(QWidget)]
    return [
        widget
        for widget in widgets
        if widget.objectName() and not widget.objectName().startswith("qt_")
    ]


def test_page_lists_exactly_what_is_there(built: Driver) -> None:
    listed = ROW.findall(PAGE.read_text(encoding="utf-8"))
    names = [name for name, _ in listed]
    assert len(names) == len(set(names))
    widgets = {widget.objectName(): widget for widget in live(built)}
    assert len(widgets) == len(live(built))
    assert set(names) == set(widgets)
    for name, kind in listed:
        assert isinstance(widgets[name], getattr(QtWidgets, kind)), name


def test_everything_that_can_be_used_has_a_name(built: Driver) -> None:
    named = {id(widget) for widget in live(built)}
    for kind in (QAbstractButton, QLineEdit):
        usable = built.window.findChildren(kind)
        assert usable
        for widget in usable:
            assert id(widget) in named, widget
