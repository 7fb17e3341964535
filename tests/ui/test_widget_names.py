"""docs/widgets.md and the live windows say the same."""

import re
from pathlib import Path

import pytest
from PySide6 import QtWidgets
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from tests.ui.drivers import Driver
from tests.ui.first_runs import NewMachine
from ui.base.theme import Face

PAGE = Path(__file__).resolve().parents[2] / "docs" / "widgets.md"
DESK_ONLY = "Only at the desk"
FIRST_RUN = "Only before a machine is enrolled"
ROW = re.compile(r"^\| `(\w+)` \| (Q\w+) \|", re.MULTILINE)


def live(driver: Driver) -> list[QWidget]:
    widgets = [driver.window, *driver.window.findChildren(QWidget)]
    return [
        widget
        for widget in widgets
        if widget.objectName() and not widget.objectName().startswith("qt_")
    ]


@pytest.mark.parametrize("face", ["kiosk", "desk"])
def test_page_lists_exactly_what_is_there(built: Driver, face: Face) -> None:
    page, _, _ = PAGE.read_text(encoding="utf-8").partition(f"## {FIRST_RUN}")
    everywhere, found, _ = page.partition(f"## {DESK_ONLY}")
    assert found
    listed = ROW.findall(page if face == "desk" else everywhere)
    names = [name for name, _ in listed]
    assert len(names) == len(set(names))
    widgets = {widget.objectName(): widget for widget in live(built)}
    assert len(widgets) == len(live(built))
    assert set(names) == set(widgets)
    for name, kind in listed:
        assert isinstance(widgets[name], getattr(QtWidgets, kind)), name


@pytest.mark.parametrize("face", ["kiosk", "desk"])
def test_everything_that_can_be_used_has_a_name(built: Driver) -> None:
    named = {id(widget) for widget in live(built)}
    for kind in (QAbstractButton, QLineEdit):
        usable = built.window.findChildren(kind)
        assert usable
        for widget in usable:
            assert id(widget) in named, widget


def test_page_lists_the_screens_of_a_new_machine_too(new_machine: NewMachine) -> None:
    _, found, page = PAGE.read_text(encoding="utf-8").partition(f"## {FIRST_RUN}")
    assert found
    listed = ROW.findall(page)
    flow = new_machine.flow
    widgets = {
        widget.objectName(): widget
        for screen in (flow.form, flow.found, flow.checks)
        for widget in (screen, *screen.findChildren(QWidget))
        if widget.objectName() and not widget.objectName().startswith("qt_")
    }
    assert {name for name, _ in listed} == set(widgets)
    for name, kind in listed:
        assert isinstance(widgets[name], getattr(QtWidgets, kind)), name
