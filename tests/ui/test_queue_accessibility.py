"""Fila de envio by keyboard, by touch and with a screen reader, in every size, in every state."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QListView,
    QScrollArea,
    QWidget,
)

from kiosk.domain.operations import OperationKind, Outcome, Reason
from kiosk.domain.people import Found, MembershipStatus, Origin
from kiosk.services.answers import LineStatus
from kiosk.services.queue_answers import (
    ActDone,
    Cause,
    NoteProblem,
    NoteRefused,
    QueueState,
    QueueWay,
)
from tests.ui.drivers import Driver
from tests.ui.front_desks import FakeFrontDesk
from tests.ui.queue_entries import DECIDED_AT, decided, receipt, stopped, untried, waiting
from ui.base.theme import Face
from ui.screens.queue import QueueScreen

SIZES = [(1280, 800), (1366, 768), (1920, 1080), (1080, 1920), (1024, 720)]
NOTE = "Ligou duas vezes; a filha dela volta na quinta com o documento. " * 3


@pytest.fixture
def face() -> Face:
    return "desk"


@pytest.fixture
def front_desk() -> FakeFrontDesk:
    desk = FakeFrontDesk()
    desk.page_size = 8
    desk.queued = [
        stopped(1, Cause.ANSWER_NOT_UNDERSTOOD),
        replace(
            stopped(2, Cause.DAMAGED),
            state=QueueState.HANDED,
            note=NOTE[:200],
            ways=(QueueWay.WITHDRAW,),
        ),
        replace(waiting(3), kind=OperationKind.RESET, cause=Cause.NOT_AUTHORISED),
        replace(untried(4), state=QueueState.BEHIND, behind=receipt(3), age_seconds=None),
        *(replace(waiting(number), cause=Cause.STRANGE_ANSWER) for number in range(5, 30)),
    ]
    desk.decided = [
        replace(
            decided(50, Outcome.REJECTED),
            reason=Reason.SUPERSEDED,
            found=Found(Origin.APP_2024, MembershipStatus.ACTIVE, 1),
            found_changed_at=DECIDED_AT,
        ),
        replace(decided(49, Outcome.REPLACED), replaced_by=receipt(50)),
        *(decided(number) for number in range(48, 30, -1)),
    ]
    desk.status = LineStatus(is_online=True, offline_since=None, waiting=29, parked=2)
    return desk


def settle() -> None:
    for _ in range(3):
        QApplication.sendPostedEvents()
        QApplication.processEvents()


def screen_of(driver: Driver) -> QueueScreen:
    return driver.session.navigation.queue.screen


def see_what_waits(driver: Driver) -> None:
    driver.press("startQueue")
    driver.qtbot.waitUntil(lambda: driver.text("queueReceipt") == receipt(3))


def begin(driver: Driver) -> None:
    see_what_waits(driver)
    driver.press("queueTabStopped")
    driver.qtbot.waitUntil(lambda: driver.text("queueReceipt") == receipt(1))


def be_without_line(driver: Driver) -> None:
    driver.front_desk.status = LineStatus(False, None, waiting=29, parked=2)
    begin(driver)


def follow_a_receipt(driver: Driver) -> None:
    see_what_waits(driver)
    driver.edit("queueFind").setText(receipt(49))
    driver.press("queueFindSubmit")
    driver.qtbot.waitUntil(lambda: driver.text("queueReceipt") == receipt(50))


def be_answered_again(driver: Driver) -> None:
    driver.front_desk.act_answer = ActDone(receipt(50))
    begin(driver)
    driver.press("queueSendAgain")
    driver.qtbot.waitUntil(lambda: "Resposta: " in driver.text("queueNotice"))


def choose_second(driver: Driver) -> None:
    begin(driver)
    QTest.keyClick(screen_of(driver).list.view, Qt.Key.Key_Down)


def be_asked(driver: Driver) -> None:
    begin(driver)
    driver.front_desk.act_answer = NoteRefused(NoteProblem.TOO_LONG)
    driver.press("queueWithdraw")
    driver.press("queueReasonSubmit")
    driver.qtbot.waitUntil(lambda: driver.message("queueReason") != "")


def be_told(driver: Driver) -> None:
    see_what_waits(driver)
    driver.press("queueTryNow")
    driver.qtbot.waitUntil(lambda: driver.text("queueNotice") != "")


def see_the_ledger(driver: Driver) -> None:
    begin(driver)
    driver.press("queueTabAnswered")
    driver.qtbot.waitUntil(lambda: driver.text("queueReceipt") == receipt(50))


def find_none(driver: Driver) -> None:
    begin(driver)
    driver.edit("queueFind").setText(receipt(999_999))
    driver.press("queueFindSubmit")
    driver.qtbot.waitUntil(lambda: driver.message("queueFind") != "")


def see_nothing(driver: Driver) -> None:
    driver.front_desk.queued = []
    driver.front_desk.status = LineStatus(True, None, waiting=0, parked=0)
    driver.press("startQueue")
    driver.qtbot.waitUntil(lambda: driver.text("queueEmpty") != "")


def see_large_numbers(driver: Driver) -> None:
    large = 123_456
    driver.front_desk.queued = [
        stopped(1),
        replace(waiting(large + 1), state=QueueState.BEHIND, behind=receipt(large)),
    ]
    driver.front_desk.status = LineStatus(False, None, waiting=1_234_567, parked=1_000)
    driver.press("startQueue")
    driver.qtbot.waitUntil(lambda: driver.text("queueReceipt") == receipt(large + 1))


STATES: list[Callable[[Driver], None]] = [
    see_what_waits,
    begin,
    be_without_line,
    choose_second,
    be_asked,
    be_told,
    be_answered_again,
    follow_a_receipt,
    see_the_ledger,
    find_none,
    see_nothing,
    see_large_numbers,
]


def each_size(
    driver: Driver, reach: Callable[[Driver], None], sizes: list[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Reach a state in one size and go on through the others; each state begins in another."""
    first = STATES.index(reach) % len(sizes)
    driver.window.resize(*sizes[first])
    reach(driver)
    for size in sizes[first:] + sizes[:first]:
        driver.window.resize(*size)
        settle()
        yield size


def targets(driver: Driver) -> list[QWidget]:
    return [
        widget
        for widget in screen_of(driver).findChildren(QWidget)
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.isVisible()
    ]


def on_screen(widget: QWidget, screen: QWidget) -> QRect:
    return widget.rect().translated(widget.mapTo(screen, QPoint(0, 0)))


@pytest.mark.parametrize("reach", STATES)
def test_nothing_is_cut_and_nothing_lies_on_anything(
    driver: Driver, reach: Callable[[Driver], None]
) -> None:
    for size in each_size(driver, reach, SIZES):
        screen = screen_of(driver)
        for label in screen.findChildren(QLabel):
            if label.isVisible() and label.text():
                where = (size, label.text())
                if label.wordWrap():
                    assert label.height() >= label.heightForWidth(label.width()), where
                else:
                    assert label.width() >= label.sizeHint().width(), where
                    assert label.height() >= label.sizeHint().height(), where
        for button in screen.findChildren(QAbstractButton):
            if button.isVisible():
                where = (size, button.text())
                assert button.width() >= button.sizeHint().width(), where
                assert on_screen(button, screen).right() < screen.width(), where
        rows = screen.list
        if rows.isVisible():
            assert rows.view.width() >= rows.needed_width() - 16, size
            assert on_screen(rows, screen).right() < screen.width(), size
            assert rows.view.viewport().height() >= rows.view.sizeHintForRow(0), size
        assert overlaps(driver) == [], size


def overlaps(driver: Driver) -> list[tuple[str, str]]:
    """Return what lies on each other, but for what scrolls: the area it scrolls in clips that."""
    screen = screen_of(driver)
    areas = screen.findChildren(QScrollArea)
    apart = [one for one in [*targets(driver), *areas] if one.isVisible()]
    return [
        (one.objectName(), other.objectName())
        for index, one in enumerate(apart)
        for other in apart[index + 1 :]
        if on_screen(one, screen).intersects(on_screen(other, screen))
        and not one.isAncestorOf(other)
        and not other.isAncestorOf(one)
        and not any(area.isAncestorOf(one) or area.isAncestorOf(other) for area in areas)
    ]


@pytest.mark.parametrize("reach", STATES)
def test_details_need_no_scrolling_in_the_sizes_of_the_desks(
    driver: Driver, reach: Callable[[Driver], None]
) -> None:
    for size in each_size(driver, reach, SIZES[:4]):
        (area,) = screen_of(driver).details.findChildren(QScrollArea)
        # A long note, or something said besides, may take what the facts need on a low screen.
        is_long = reach in (choose_second, be_told, find_none) and size[1] <= 800
        assert area.verticalScrollBar().maximum() == 0 or is_long, size
        assert area.viewport().height() >= 120, size


@pytest.mark.parametrize("size", SIZES)
def test_the_question_and_its_buttons_are_in_view(driver: Driver, size: tuple[int, int]) -> None:
    driver.window.resize(*size)
    be_asked(driver)
    settle()
    screen = screen_of(driver)
    (area,) = screen.details.findChildren(QScrollArea)
    seen = QRect(area.viewport().mapTo(screen, QPoint(0, 0)), area.viewport().size())
    for name in ("queueReason", "queueReasonMessage", "queueReasonSubmit", "queueReasonCancel"):
        assert seen.contains(on_screen(driver.find(name), screen)), name


@pytest.mark.parametrize("reach", STATES)
def test_what_is_touched_is_large_and_apart(
    driver: Driver, reach: Callable[[Driver], None]
) -> None:
    driver.window.resize(1280, 800)
    reach(driver)
    settle()
    screen = screen_of(driver)
    rects = [(one.objectName(), on_screen(one, screen)) for one in targets(driver)]
    for index, (name, rect) in enumerate(rects):
        assert rect.height() >= 48, name
        assert rect.width() >= 48, name
        for other_name, other in rects[index + 1 :]:
            assert not rect.adjusted(-8, -8, 8, 8).intersects(other), (name, other_name)


@pytest.mark.parametrize("reach", STATES)
def test_tab_goes_in_reading_order_and_reaches_everything(
    driver: Driver, reach: Callable[[Driver], None]
) -> None:
    order = [
        "queueBack",
        "queueHelp",
        "queueTabWaiting",
        "queueTabStopped",
        "queueTabAnswered",
        "queueFind",
        "queueFindSubmit",
        "queueList",
        "queueMore",
        "queueDetails",
        "queueTryNow",
        "queueSendAgain",
        "queueHandOver",
        "queueWithdraw",
        "queueReason",
        "queueReasonCancel",
        "queueReasonSubmit",
    ]
    for size in each_size(driver, reach, [(1280, 800), (1080, 1920)]):
        screen = screen_of(driver)
        expected = {one.objectName() for one in targets(driver) if one.isEnabled()}
        screen.setFocus()
        reached: list[QWidget] = []
        for _ in range(len(expected) + 3):
            QTest.keyClick(driver.window.focusWidget(), Qt.Key.Key_Tab)
            focused = driver.window.focusWidget()
            if focused in reached or not screen.isAncestorOf(focused):
                break
            reached.append(focused)
        names = [one.objectName() for one in reached]
        assert set(names) == expected, size
        assert names == [name for name in order if name in names], size


@pytest.mark.parametrize("reach", STATES)
def test_everything_has_a_name(driver: Driver, reach: Callable[[Driver], None]) -> None:
    reach(driver)
    for widget in targets(driver):
        assert widget.objectName(), widget
        assert widget.accessibleName(), widget.objectName()
    for edit in screen_of(driver).findChildren(QLineEdit):
        labels = [one for one in screen_of(driver).findChildren(QLabel) if one.buddy() is edit]
        assert [label.text() for label in labels] == [edit.accessibleName()]


def test_details_that_do_not_fit_are_scrolled_by_keyboard(driver: Driver) -> None:
    driver.window.resize(1024, 720)
    choose_second(driver)
    settle()
    area = driver.find("queueDetails")
    assert isinstance(area, QScrollArea)
    assert area.focusPolicy() == Qt.FocusPolicy.TabFocus
    area.setFocus()
    QTest.keyClick(area, Qt.Key.Key_End)
    QTest.keyClick(area, Qt.Key.Key_PageDown)
    assert area.verticalScrollBar().value() > 0
    driver.window.resize(1920, 1080)
    settle()
    assert area.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_every_label_shows_plain_text(driver: Driver) -> None:
    begin(driver)
    for label in screen_of(driver).findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText, label.text()


def test_a_row_is_read_as_a_whole(driver: Driver) -> None:
    see_what_waits(driver)
    view = driver.find("queueList")
    assert isinstance(view, QListView)
    told = QAccessible.queryAccessibleInterface(view)
    assert told.role() == QAccessible.Role.List
    assert told.text(QAccessible.Text.Name) == "Aguardando · 27"
    assert told.childCount() == 8
    assert told.child(0).text(QAccessible.Text.Name) == (
        f"{receipt(3)}, Senha nova, ***.456.789-**, há 12 min, Aguardando, nova tentativa em 2 min"
    )
    assert told.child(1).text(QAccessible.Text.Name) == (
        f"{receipt(4)}, Cadastro, ***.456.789-**, hora incerta, Espera outro pedido, "
        f"depois de {receipt(3)}"
    )


def test_the_chosen_row_is_marked_by_more_than_its_colour(driver: Driver) -> None:
    driver.window.resize(1280, 800)
    begin(driver)
    settle()
    view = driver.find("queueList")
    assert isinstance(view, QListView)
    image = view.viewport().grab().toImage()
    chosen = view.visualRect(view.model().index(0, 0))
    other = view.visualRect(view.model().index(1, 0))
    bar = screen_of(driver).theme.colours.primary
    assert image.pixelColor(2, chosen.center().y()).name() == bar
    assert image.pixelColor(2, other.center().y()).name() != bar
    ends = range(chosen.right() - 24, chosen.right())
    assert bar in {image.pixelColor(x, chosen.center().y()).name() for x in ends}


def test_a_stopped_row_has_another_icon_and_another_word(driver: Driver) -> None:
    see_what_waits(driver)
    rows = list(screen_of(driver).list.rows)
    driver.press("queueTabStopped")
    driver.qtbot.waitUntil(lambda: driver.text("queueReceipt") == receipt(1))
    rows += screen_of(driver).list.rows
    signs = {row.state: row.sign for row in rows}
    assert {"Parado", "Com o supervisor", "Aguardando"} <= set(signs)
    assert len({signs["Parado"], signs["Com o supervisor"], signs["Aguardando"]}) == 3


def turn_to(driver: Driver, tab: str, first: str) -> None:
    driver.press(tab)
    driver.qtbot.waitUntil(lambda: driver.text("queueReceipt") == first)
    settle()


def places(driver: Driver) -> list[QRect]:
    screen = screen_of(driver)
    fixed = [*screen.tabs.buttons.values(), screen.finder.edit, screen.finder.submit]
    return [on_screen(one, screen) for one in fixed]


@pytest.mark.parametrize("size", SIZES)
def test_tabs_columns_and_the_search_stand_still(driver: Driver, size: tuple[int, int]) -> None:
    driver.window.resize(*size)
    see_what_waits(driver)
    settle()
    screen = screen_of(driver)
    before, width = places(driver), screen.list.needed_width()
    details = screen.details.width()
    for tab, first in (("queueTabStopped", receipt(1)), ("queueTabAnswered", receipt(50))):
        turn_to(driver, tab, first)
        assert places(driver) == before
        assert screen.list.needed_width() == width
        assert screen.details.width() == details
    driver.front_desk.queued = []
    driver.front_desk.status = LineStatus(True, None, waiting=0, parked=0)
    driver.press("queueTabWaiting")
    driver.qtbot.waitUntil(lambda: driver.text("queueEmpty") != "")
    settle()
    assert places(driver) == before
    is_tall = size[1] > size[0]
    assert (screen.finder.y() > screen.tabs.y()) == (is_tall or size[0] < 1100)


@pytest.mark.parametrize("size", SIZES)
def test_a_list_ends_with_a_whole_row_or_with_half_a_row(
    driver: Driver, size: tuple[int, int]
) -> None:
    driver.window.resize(*size)
    driver.front_desk.page_size = 100
    see_what_waits(driver)
    settle()
    view = screen_of(driver).list.view
    row, shown = view.sizeHintForRow(0), view.viewport().height()
    assert view.model().rowCount() == 27
    if shown < 27 * row:
        assert abs(shown % row - row // 2) <= 1
        assert view.verticalScrollBar().isVisible()
    turn_to(driver, "queueTabStopped", receipt(1))
    is_whole = view.viewport().height() == 2 * row
    assert is_whole or view.viewport().height() == row * 3 // 2
    assert view.verticalScrollBar().isVisible() != is_whole


@pytest.mark.parametrize("size", SIZES[:4])
def test_details_have_their_height_at_once(driver: Driver, size: tuple[int, int]) -> None:
    driver.window.resize(*size)
    see_the_ledger(driver)
    settle()
    QTest.keyClick(screen_of(driver).list.view, Qt.Key.Key_Down)
    QTest.keyClick(screen_of(driver).list.view, Qt.Key.Key_Up)
    # Without a round of events: what is seen first is what stays.
    story = driver.find("queueStory")
    assert isinstance(story, QLabel)
    assert story.height() >= story.heightForWidth(story.width())


def test_the_start_screen_of_the_desk_has_its_button_in_reading_order(driver: Driver) -> None:
    button = driver.button("startQueue")
    assert button.text() == button.accessibleName() == "Fila de envio"
    driver.find("startScreen").setFocus()
    reached = []
    for _ in range(6):
        QTest.keyClick(driver.window.focusWidget(), Qt.Key.Key_Tab)
        reached.append(driver.window.focusWidget().objectName())
    assert reached == [
        "startQueue",
        "startRegistration",
        "startSignIn",
        "startReset",
        "startHelp",
        "startPrivacy",
    ]


@pytest.mark.parametrize("size", SIZES)
def test_the_button_of_the_start_screen_is_in_view(driver: Driver, size: tuple[int, int]) -> None:
    driver.window.resize(*size)
    settle()
    start, button = driver.find("startScreen"), driver.button("startQueue")
    assert start.rect().contains(on_screen(button, start))
    assert button.height() >= 48
