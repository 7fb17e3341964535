"""The screens of a technician: by keyboard, by touch, with a screen reader, in every size."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from kiosk.domain.clock_errors import ClockError, ClockErrorKind
from kiosk.services.first_runs import CheckState
from tests.ui.first_runs import CERTIFICATE, FOUND, WELL, NewMachine
from tests.ui.test_accessibility import (
    SIZES,
    assert_labels_fit,
    assert_tab_goes_in_reading_order_and_reaches_everything,
    targets,
)
from ui.base.theme import Face
from ui.widgets.pages import Page


@pytest.fixture(params=["kiosk", "desk"])
def face(request: pytest.FixtureRequest) -> Face:
    face: Face = request.param
    return face


def settle() -> None:
    QApplication.sendPostedEvents()
    QApplication.processEvents()


def pages(machine: NewMachine) -> list[Page]:
    """Return the three, with as much on them as there can be."""
    flow = machine.flow
    machine.first_run.found = replace(
        FOUND,
        name="N" * 60,
        site="S" * 60,
        address=f"https://{'a' * 190}",
        certificate=replace(CERTIFICATE, issuer="I" * 80),
        clock_error=ClockError(ClockErrorKind.BEHIND, 4000),
    )
    machine.first_run.checks = tuple(replace(one, state=CheckState.FAILED) for one in WELL)
    machine.look()
    machine.press("firstRunConfirm")
    machine.press("firstRunFile")
    machine.press("firstRunConfirm")
    machine.qtbot.waitUntil(machine.button("firstRunDone").isVisible)
    return [flow.form, flow.found, flow.checks]


def test_everything_has_names_and_is_large_and_in_order(new_machine: NewMachine) -> None:
    flow, target = new_machine.flow, new_machine.flow.form.theme.sizes.target
    new_machine.look()
    new_machine.press("firstRunFile")
    new_machine.press("firstRunConfirm")
    new_machine.qtbot.waitUntil(new_machine.button("firstRunDone").isVisible)
    for page in (flow.form, flow.found, flow.checks):
        new_machine.window.show_page(page)
        settle()
        assert page.accessibleName()
        rects = []
        for widget in targets(page):
            assert widget.objectName(), widget
            assert widget.accessibleName(), widget.objectName()
            assert widget.height() >= target, widget.objectName()
            rects.append(widget.rect().translated(widget.mapTo(page, QPoint(0, 0))))
        for index, one in enumerate(rects):
            for other in rects[index + 1 :]:
                assert not one.adjusted(-4, -4, 4, 4).intersects(other.adjusted(-4, -4, 4, 4))
        for label in page.findChildren(QLabel):
            assert label.textFormat() == Qt.TextFormat.PlainText


def test_tab_reaches_everything_in_reading_order(new_machine: NewMachine) -> None:
    machine = new_machine
    machine.look()
    machine.window.show_page(machine.flow.form)
    assert_tab_goes_in_reading_order_and_reaches_everything(machine, machine.flow.form)
    machine.window.show_page(machine.flow.found)
    reached = []
    for _ in range(8):
        QTest.keyClick(machine.window.focusWidget(), Qt.Key.Key_Tab)
        reached.append(machine.window.focusWidget().objectName())
    # Of those to choose among Tab reaches one, and the arrow keys reach the others.
    assert {"firstRunFoundBack", "firstRunFoundHelp", "firstRunConfirm"} <= set(reached)
    assert {"firstRunKeyring", "firstRunFile"} & set(reached)


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_or_scrolls_away_sideways(
    new_machine: NewMachine, size: tuple[int, int]
) -> None:
    new_machine.window.resize(*size)
    for page in pages(new_machine):
        new_machine.window.show_page(page)
        settle()
        settle()
        assert_labels_fit(page, size)
        inside = page.column.widget()
        assert inside is not None
        assert inside.minimumSizeHint().width() <= page.column.viewport().width() + 1, size
        for button in page.findChildren(QAbstractButton):
            if button.isVisible() and button.text():
                right = button.mapTo(page, QPoint(button.width(), 0)).x()
                assert right <= page.width(), (size, button.objectName())


@pytest.mark.parametrize("size", [one for one in SIZES if one != (1024, 720)])
def test_what_is_usual_needs_no_scrolling(new_machine: NewMachine, size: tuple[int, int]) -> None:
    new_machine.window.resize(*size)
    new_machine.look()
    new_machine.press("firstRunConfirm")
    for page in (new_machine.flow.form, new_machine.flow.found):
        new_machine.window.show_page(page)
        settle()
        settle()
        assert page.column.verticalScrollBar().maximum() == 0, size
