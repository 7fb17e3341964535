"""Fila de envio through its widgets: its lists, and looking at them again."""

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from kiosk.services.answers import LineStatus
from kiosk.services.queue_answers import (
    Cause,
    QueueEntry,
    QueueState,
)
from tests.ui.drivers import Driver
from tests.ui.front_desks import FakeFrontDesk
from tests.ui.queue_entries import decided, receipt, stopped, waiting
from tests.ui.queue_panels import (
    FIRST,
    HOSTILE,
    PARKED,
    choose,
    chosen,
    desk_with_a_queue,
    flow_of,
    look_again,
    rows,
    show_tab,
    view_of,
    ways,
)
from ui.base.theme import Face

TOUCH_SCREEN = QTest.createTouchDevice()


@pytest.fixture
def face() -> Face:
    return "desk"


@pytest.fixture
def front_desk() -> FakeFrontDesk:
    return desk_with_a_queue()


def test_the_queue_opens_with_what_waits_and_the_first_is_told(panel: Driver) -> None:
    assert rows(panel) == [FIRST, receipt(3)]
    assert chosen(panel) == FIRST
    assert panel.text("queueReceipt") == FIRST
    assert panel.text("queueStoryTitle") == "Sem linha com o cadastro central"
    assert panel.button("queueTabWaiting").text() == "Aguardando · 2"
    assert panel.button("queueTabStopped").text() == "Precisam de atendente · 1"
    assert panel.button("queueTabAnswered").text() == "Respondidos"
    assert view_of(panel).hasFocus()


def test_each_list_has_its_rows_and_its_button_stays_pressed(panel: Driver) -> None:
    show_tab(panel, "queueTabStopped", 1)
    assert rows(panel) == [PARKED]
    show_tab(panel, "queueTabAnswered", 2)
    assert rows(panel) == [receipt(12), receipt(11)]
    assert panel.text("queueStoryTitle") == "Recusado"
    assert ways(panel) == []
    for _ in range(2):
        panel.press("queueTabAnswered")
        assert panel.button("queueTabAnswered").isChecked()
        assert not panel.button("queueTabWaiting").isChecked()


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("queueTabWaiting", "Nada aguarda. Tudo o que foi feito aqui já teve resposta."),
        ("queueTabStopped", "Nada precisa de atendente. O que ainda aguarda segue sozinho."),
        ("queueTabAnswered", "Nenhum pedido feito neste equipamento teve resposta ainda."),
    ],
)
def test_an_empty_list_says_so(driver: Driver, tab: str, words: str) -> None:
    driver.front_desk.queued = []
    driver.front_desk.decided = []
    driver.front_desk.status = LineStatus(True, None, waiting=0, parked=0)
    driver.press("startQueue")
    driver.press(tab)
    driver.qtbot.waitUntil(driver.find("queueEmpty").isVisible)
    driver.qtbot.waitUntil(lambda: driver.text("queueEmpty") == words)
    assert not view_of(driver).isVisible()
    assert ways(driver) == []


def test_what_is_chosen_by_mouse_is_told_with_its_ways(panel: Driver) -> None:
    choose(panel, 1)
    assert panel.text("queueReceipt") == receipt(3)
    assert ways(panel) == ["Tentar agora", "Retirar da fila"]
    choose(panel, 0)
    assert panel.text("queueReceipt") == FIRST
    assert panel.text("queueStoryTitle") == "Sem linha com o cadastro central"
    assert panel.text("queueFact3") == "3; a próxima em 2 min"
    assert panel.find("queueFact3").accessibleName() == "Tentativas: 3; a próxima em 2 min"
    assert ways(panel) == ["Tentar agora"]
    show_tab(panel, "queueTabStopped", 1)
    assert ways(panel) == ["Enviar de novo", "Passar ao supervisor", "Retirar da fila"]


def test_what_is_damaged_is_not_sent_again(driver: Driver) -> None:
    driver.front_desk.queued = [stopped(1, Cause.DAMAGED)]
    driver.press("startQueue")
    driver.press("queueTabStopped")
    driver.qtbot.waitUntil(lambda: ways(driver) == ["Passar ao supervisor", "Retirar da fila"])


def touch(driver: Driver, *places: QPoint) -> None:
    """Lay a finger on the list, move it along, and lift it."""
    viewport = view_of(driver).viewport()
    QTest.touchEvent(viewport, TOUCH_SCREEN).press(0, places[0], viewport).commit()
    for place in places[1:]:
        # As slow as a finger: what moves faster than it can be looked at is no movement.
        QTest.qWait(10)
        QTest.touchEvent(viewport, TOUCH_SCREEN).move(0, place, viewport).commit()
    QTest.touchEvent(viewport, TOUCH_SCREEN).release(0, places[-1], viewport).commit()


def test_what_is_chosen_by_a_finger_is_told(panel: Driver) -> None:
    view = view_of(panel)
    touch(panel, view.visualRect(view.model().index(1, 0)).center())
    panel.qtbot.waitUntil(lambda: panel.text("queueReceipt") == receipt(3))


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_note_is_shown_as_plain_text(driver: Driver, kind: str) -> None:
    note = HOSTILE[kind][:200]
    driver.front_desk.queued = [replace(stopped(1), state=QueueState.HANDED, note=note)]
    driver.press("startQueue")
    driver.press("queueTabStopped")
    driver.qtbot.waitUntil(lambda: driver.text("queueFact5") == note)


def test_a_row_of_the_list_before_is_not_taken_for_one_of_the_next(panel: Driver) -> None:
    panel.front_desk.gate.clear()
    panel.press("queueTabAnswered")
    choose(panel, 1)
    panel.front_desk.gate.set()
    panel.qtbot.waitUntil(lambda: panel.text("queueReceipt") == receipt(12))
    assert chosen(panel) == receipt(12)


@pytest.fixture
def many(front_desk: FakeFrontDesk) -> list[QueueEntry]:
    front_desk.page_size = 50
    front_desk.queued = [waiting(number) for number in range(1, 121)]
    return front_desk.queued


@pytest.mark.usefixtures("many")
def test_a_finger_pushes_the_list(panel: Driver) -> None:
    touch(panel, *(QPoint(200, 300 - 10 * step) for step in range(25)))
    panel.qtbot.waitUntil(lambda: view_of(panel).verticalScrollBar().value() > 100)


@pytest.mark.usefixtures("many")
def test_more_is_shown_page_by_page(panel: Driver) -> None:
    assert len(rows(panel)) == 50
    assert panel.text("queueShown") == "50 na lista"
    view_of(panel).verticalScrollBar().setValue(700)
    choose(panel, 13)
    panel.press("queueMore")
    panel.qtbot.waitUntil(lambda: len(rows(panel)) == 100)
    assert view_of(panel).verticalScrollBar().value() == 700
    assert chosen(panel) == receipt(14)
    panel.press("queueMore")
    panel.qtbot.waitUntil(lambda: len(rows(panel)) == 120)
    assert not panel.button("queueMore").isVisible()
    assert panel.text("queueShown") == ""


@pytest.mark.usefixtures("many")
def test_the_ledger_is_paged_too(panel: Driver) -> None:
    panel.front_desk.decided = [decided(number) for number in range(220, 140, -1)]
    panel.press("queueTabAnswered")
    panel.qtbot.waitUntil(lambda: rows(panel)[0] == receipt(220))
    panel.button("queueMore").setFocus()
    panel.key("queueMore", Qt.Key.Key_Return)
    panel.qtbot.waitUntil(lambda: len(rows(panel)) == 80)
    assert rows(panel)[-1] == receipt(141)
    assert view_of(panel).hasFocus()


@pytest.mark.usefixtures("many")
def test_a_look_again_keeps_what_is_chosen_and_what_is_in_view(panel: Driver) -> None:
    panel.press("queueMore")
    panel.qtbot.waitUntil(lambda: len(rows(panel)) == 100)
    bar = view_of(panel).verticalScrollBar()
    height = view_of(panel).sizeHintForRow(0)
    bar.setValue(30 * height + 7)
    choose(panel, 33)
    # Ten above it are answered meanwhile, and one is added at the end.
    del panel.front_desk.queued[:10]
    panel.front_desk.queued.append(waiting(121))
    look_again(panel)
    assert chosen(panel) == receipt(34)
    assert rows(panel)[0] == receipt(11)
    assert len(rows(panel)) == 100
    assert bar.value() == 20 * height + 7


@pytest.mark.usefixtures("many")
def test_a_look_again_goes_on_where_the_first_row_in_view_is_gone(panel: Driver) -> None:
    bar = view_of(panel).verticalScrollBar()
    height = view_of(panel).sizeHintForRow(0)
    bar.setValue(10 * height)
    del panel.front_desk.queued[9:12]
    look_again(panel)
    assert bar.value() == 9 * height


def test_ages_change_in_place(panel: Driver) -> None:
    panel.front_desk.queued[1] = replace(waiting(2), age_seconds=7200, next_try_seconds=3)
    look_again(panel)
    row = flow_of(panel).screen.list.rows[0]
    assert (row.when, row.more) == ("há 2 h", "nova tentativa em instantes")
    assert panel.text("queueFact3") == "3; a próxima em instantes"
    assert chosen(panel) == FIRST


def test_what_is_answered_meanwhile_is_told_where_it_was_waited_for(panel: Driver) -> None:
    del panel.front_desk.queued[1]
    panel.front_desk.decided.insert(0, decided(2))
    look_again(panel)
    assert panel.text("queueReceipt") == FIRST
    assert panel.text("queueStoryTitle") == "Aceito"
    assert rows(panel) == [receipt(3)]
    assert chosen(panel) is None
    QTest.keyClick(view_of(panel), Qt.Key.Key_Down)
    assert chosen(panel) == receipt(3)


def test_a_look_that_is_asked_for_during_another_follows_it(panel: Driver) -> None:
    panel.front_desk.gate.clear()
    flow_of(panel).refresh()
    flow_of(panel).refresh()
    del panel.front_desk.queued[2:]
    panel.front_desk.gate.set()
    panel.qtbot.waitUntil(lambda: len(rows(panel)) == 1)
    panel.qtbot.waitUntil(lambda: flow_of(panel).is_idle)


def test_the_line_is_heard_from_another_thread(panel: Driver) -> None:
    panel.front_desk.queued.append(waiting(9))
    status = LineStatus(is_online=False, offline_since=None, waiting=4, parked=1)
    teller = threading.Thread(target=panel.front_desk.tell, args=(status,))
    teller.start()
    teller.join()
    panel.qtbot.waitUntil(lambda: len(rows(panel)) == 3)
    assert panel.button("queueTabWaiting").text() == "Aguardando · 3"


def test_what_is_not_in_view_is_not_read(panel: Driver) -> None:
    assert flow_of(panel).is_watching
    panel.press("queueHelp")
    assert panel.page == "helpScreen"
    assert not flow_of(panel).is_watching
    before = panel.front_desk.pages
    panel.front_desk.tell(panel.front_desk.status)
    panel.qtbot.waitUntil(lambda: panel.text("statusLine") != "")
    assert flow_of(panel).is_idle
    panel.press("helpBack")
    assert panel.page == "queueScreen"
    panel.qtbot.waitUntil(lambda: panel.front_desk.pages > before)
    assert flow_of(panel).is_watching


@pytest.mark.parametrize("way", ["queueBack", "Esc"])
def test_leaving_leads_back_and_forgets_who_was_in_the_queue(panel: Driver, way: str) -> None:
    panel.front_desk.gate.clear()
    flow_of(panel).refresh()
    if way == "Esc":
        QTest.keyClick(panel.find("queueScreen"), Qt.Key.Key_Escape)
    else:
        panel.press(way)
    assert panel.page == "startScreen"
    panel.front_desk.gate.set()
    assert rows(panel) == []
    assert panel.text("queueReceipt") == ""
    assert panel.text("queueFact2") == ""
    panel.press("startQueue")
    panel.qtbot.waitUntil(lambda: len(rows(panel)) == 2)


@pytest.mark.usefixtures("expected_stumbles")
def test_a_queue_that_cannot_be_read_is_told_and_does_not_trap(panel: Driver) -> None:
    panel.front_desk.error = OSError("disk")
    panel.press("queueTabStopped")
    panel.wait_page("failureScreen")
    panel.press("failureBack")
    assert panel.page == "queueScreen"
    assert "não pôde ser lida" in panel.text("queueNotice")
    flow_of(panel).refresh()
    assert flow_of(panel).is_idle
    panel.front_desk.error = None
    panel.press("queueTabWaiting")
    panel.qtbot.waitUntil(lambda: len(rows(panel)) == 2)
    assert not panel.find("queueNotice").isVisible()


def test_the_queue_can_be_asked_for_before_the_desk_is_open(panel: Driver) -> None:
    panel.front_desk.gate.clear()
    panel.press("queueBack")
    panel.press("startQueue")
    assert rows(panel) == []
    assert not panel.find("queueEmpty").isVisible()
    panel.front_desk.gate.set()
    panel.qtbot.waitUntil(lambda: len(rows(panel)) == 2)


@pytest.mark.parametrize("face", ["kiosk"])
def test_a_kiosk_has_nothing_of_it(built: Driver) -> None:
    names = [one.objectName().lower() for one in built.window.findChildren(QWidget)]
    assert not [name for name in names if "queue" in name]
    words = [one.text() for one in built.window.findChildren(QAbstractButton)]
    assert "Fila de envio" not in words


def test_rows_are_large_enough_for_a_finger(panel: Driver) -> None:
    view = view_of(panel)
    for place in range(2):
        rect = view.visualRect(view.model().index(place, 0))
        assert rect.height() >= 48
        assert view.viewport().rect().contains(rect.adjusted(0, 0, -1, -1)), place
    assert view.mapTo(panel.window, QPoint(0, 0)).x() >= 8
