"""Fila de envio through its widgets."""

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QListView, QWidget

from kiosk.domain.operations import Outcome
from kiosk.services.answers import LineStatus
from kiosk.services.queue_answers import (
    ActDone,
    ActTooLate,
    Cause,
    NoteProblem,
    NoteRefused,
    QueueEntry,
    QueueState,
)
from tests.ui.drivers import Driver
from tests.ui.front_desks import FakeFrontDesk
from tests.ui.queue_entries import decided, receipt, stopped, untried, waiting
from ui.base.theme import Face
from ui.flows.queue import QueueFlow

PARKED = receipt(1)
FIRST = receipt(2)
TOUCH_SCREEN = QTest.createTouchDevice()


@pytest.fixture
def face() -> Face:
    return "desk"


@pytest.fixture
def front_desk() -> FakeFrontDesk:
    desk = FakeFrontDesk()
    desk.queued = [stopped(1), waiting(2), untried(3)]
    desk.decided = [decided(12, Outcome.REJECTED), decided(11)]
    desk.status = LineStatus(is_online=True, offline_since=None, waiting=3, parked=1)
    return desk


@pytest.fixture
def panel(driver: Driver) -> Driver:
    """The desk with the queue in view and read."""
    driver.window.resize(1280, 800)
    driver.press("startQueue")
    assert driver.page == "queueScreen"
    driver.qtbot.waitUntil(lambda: driver.text("queueReceipt") != "")
    return driver


def flow_of(driver: Driver) -> QueueFlow:
    return driver.session.navigation.queue


def view_of(driver: Driver) -> QListView:
    found = driver.find("queueList")
    assert isinstance(found, QListView)
    return found


def rows(driver: Driver) -> list[str]:
    return [row.receipt for row in flow_of(driver).screen.list.rows]


def chosen(driver: Driver) -> str | None:
    return flow_of(driver).screen.list.chosen


def ways(driver: Driver) -> list[str]:
    buttons = flow_of(driver).screen.details.ways.values()
    return [button.text() for button in buttons if button.isVisible()]


def choose(driver: Driver, place: int) -> None:
    view = view_of(driver)
    at = view.visualRect(view.model().index(place, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def show_tab(driver: Driver, name: str, count: int) -> None:
    driver.press(name)
    driver.qtbot.waitUntil(lambda: len(rows(driver)) == count)


def look_again(driver: Driver) -> None:
    """Let the line tell something, and wait until the list has been read once more."""
    front_desk = driver.front_desk
    before = front_desk.pages
    front_desk.tell(front_desk.status)
    driver.qtbot.waitUntil(lambda: front_desk.pages > before)
    driver.qtbot.waitUntil(lambda: flow_of(driver).is_idle)


def test_the_queue_opens_with_what_waits_and_the_first_is_told(panel: Driver) -> None:
    assert rows(panel) == [PARKED, FIRST, receipt(3)]
    assert chosen(panel) == PARKED
    assert panel.text("queueReceipt") == PARKED
    assert panel.text("queueStoryTitle") == "O cadastro central não entendeu o pedido"
    assert panel.button("queueTabWaiting").text() == "Aguardando · 3"
    assert panel.button("queueTabStopped").text() == "Precisam de alguém · 1"
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
        ("queueTabStopped", "Nada precisa de alguém. O que ainda aguarda segue sozinho."),
        ("queueTabAnswered", "Nenhum pedido feito neste equipamento teve resposta ainda."),
    ],
)
def test_an_empty_list_says_so(driver: Driver, tab: str, words: str) -> None:
    driver.front_desk.queued = []
    driver.front_desk.decided = []
    driver.press("startQueue")
    driver.press(tab)
    driver.qtbot.waitUntil(driver.find("queueEmpty").isVisible)
    driver.qtbot.waitUntil(lambda: driver.text("queueEmpty") == words)
    assert not view_of(driver).isVisible()
    assert ways(driver) == []


def test_what_is_chosen_by_mouse_is_told_with_its_ways(panel: Driver) -> None:
    choose(panel, 1)
    assert panel.text("queueReceipt") == FIRST
    assert panel.text("queueStoryTitle") == "Sem linha com o cadastro central"
    assert panel.text("queueFact3") == "3; a próxima em 2 min"
    assert panel.find("queueFact3").accessibleName() == "Tentativas: 3; a próxima em 2 min"
    assert ways(panel) == ["Tentar agora"]
    choose(panel, 2)
    assert ways(panel) == ["Tentar agora", "Retirar da fila"]
    choose(panel, 0)
    assert ways(panel) == ["Enviar de novo", "Passar ao supervisor", "Retirar da fila"]


def test_what_is_damaged_is_not_sent_again(driver: Driver) -> None:
    driver.front_desk.queued = [stopped(1, Cause.DAMAGED)]
    driver.press("startQueue")
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
    touch(panel, view.visualRect(view.model().index(2, 0)).center())
    panel.qtbot.waitUntil(lambda: panel.text("queueReceipt") == receipt(3))


def test_everything_can_be_done_by_keyboard(panel: Driver) -> None:
    QTest.keyClick(view_of(panel), Qt.Key.Key_Down)
    assert panel.text("queueReceipt") == FIRST
    QTest.keyClick(view_of(panel), Qt.Key.Key_Up)
    QTest.keyClick(view_of(panel), Qt.Key.Key_Return)
    assert panel.button("queueSendAgain").hasFocus()
    QTest.keyClick(panel.button("queueSendAgain"), Qt.Key.Key_Tab)
    QTest.keyClick(panel.button("queueHandOver"), Qt.Key.Key_Return)
    assert panel.edit("queueReason").hasFocus()
    QTest.keyClicks(panel.edit("queueReason"), "volta na quinta")
    QTest.keyClick(panel.edit("queueReason"), Qt.Key.Key_Return)
    panel.qtbot.waitUntil(lambda: panel.text("queueNotice") == "Passado ao supervisor.")
    assert panel.front_desk.acts == [("hand_over", PARKED, "volta na quinta")]
    assert view_of(panel).hasFocus()
    QTest.keyClick(view_of(panel), Qt.Key.Key_Escape)
    assert panel.page == "startScreen"


def test_enter_on_what_has_no_ways_does_nothing(panel: Driver) -> None:
    show_tab(panel, "queueTabAnswered", 2)
    QTest.keyClick(view_of(panel), Qt.Key.Key_Return)
    assert panel.page == "queueScreen"
    assert not panel.front_desk.acts


def test_try_now_wakes_the_worker(panel: Driver) -> None:
    choose(panel, 1)
    panel.press("queueTryNow")
    panel.qtbot.waitUntil(lambda: "Tentando agora" in panel.text("queueNotice"))
    assert panel.front_desk.tries == 1


def test_send_again_tells_the_new_receipt_and_shows_it(panel: Driver) -> None:
    panel.front_desk.queued[0:1] = []
    panel.front_desk.queued.append(untried(4))
    panel.front_desk.act_answer = ActDone(receipt(4))
    panel.press("queueSendAgain")
    panel.qtbot.waitUntil(lambda: panel.text("queueReceipt") == receipt(4))
    assert receipt(4) in panel.text("queueNotice")
    assert panel.front_desk.acts == [("send_again", PARKED, "")]
    assert chosen(panel) == receipt(4)


def test_the_new_receipt_is_shown_also_from_a_list_in_which_it_is_not(panel: Driver) -> None:
    show_tab(panel, "queueTabStopped", 1)
    panel.front_desk.queued[0:1] = []
    panel.front_desk.queued.append(untried(4))
    panel.front_desk.act_answer = ActDone(receipt(4))
    panel.press("queueSendAgain")
    panel.qtbot.waitUntil(lambda: panel.text("queueReceipt") == receipt(4))
    assert rows(panel) == []
    assert ways(panel) == ["Tentar agora", "Retirar da fila"]


def test_withdrawing_says_first_what_becomes_of_the_wish(panel: Driver) -> None:
    panel.press("queueWithdraw")
    assert "não será atendido" in panel.text("queueReasonNotice")
    assert panel.button("queueReasonSubmit").text() == "Sim, retirar"
    assert ways(panel) == []
    assert not panel.front_desk.acts
    panel.edit("queueReason").setText("Desistiu.")
    panel.front_desk.queued[0:1] = []
    panel.front_desk.decided.insert(0, replace(decided(1, Outcome.WITHDRAWN), note="Desistiu."))
    panel.press("queueReasonSubmit")
    panel.qtbot.waitUntil(lambda: panel.text("queueStoryTitle") == "Retirado da fila")
    assert panel.front_desk.acts == [("withdraw", PARKED, "Desistiu.")]
    assert panel.text("queueNotice") == "Retirado da fila."
    assert rows(panel) == [FIRST, receipt(3)]


@pytest.mark.parametrize("way", ["queueHandOver", "queueWithdraw"])
@pytest.mark.parametrize("how", ["button", "Esc"])
def test_cancel_cancels(panel: Driver, way: str, how: str) -> None:
    panel.press(way)
    panel.edit("queueReason").setText("engano")
    if how == "button":
        panel.press("queueReasonCancel")
    else:
        panel.key("queueReason", Qt.Key.Key_Escape)
    assert panel.page == "queueScreen"
    assert ways(panel) == ["Enviar de novo", "Passar ao supervisor", "Retirar da fila"]
    assert not panel.front_desk.acts
    panel.press(way)
    assert panel.edit("queueReason").text() == ""


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (NoteProblem.EMPTY, "Escreva o motivo em poucas palavras."),
        (NoteProblem.TOO_LONG, "O motivo é longo demais. Use até 200 letras."),
    ],
)
def test_what_is_wrong_with_a_reason_stands_at_its_place(
    panel: Driver, problem: NoteProblem, words: str
) -> None:
    panel.front_desk.act_answer = NoteRefused(problem)
    panel.press("queueHandOver")
    panel.press("queueReasonSubmit")
    panel.qtbot.waitUntil(lambda: panel.message("queueReason") == words)
    assert panel.edit("queueReason").hasFocus()
    panel.edit("queueReason").setText("volta na quinta")
    assert panel.message("queueReason") == ""
    panel.front_desk.act_answer = ActDone()
    panel.press("queueReasonSubmit")
    panel.qtbot.waitUntil(lambda: panel.text("queueNotice") == "Passado ao supervisor.")


HOSTILE = {
    "emoji": "👩🏽‍⚕️🇧🇷 voltou",
    "bidi": "\u202eoiráirep\u202c \u2066x\u2069\u200f",
    "html": "<b>negrito</b><img src=x>&amp;",
    "long": "a" * 10_000,
    "nul": "a\x00b",
    "sql": "'; DROP TABLE outbox; --",
    "percent": "%s{0}%n",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_reason_is_handed_on_as_it_was_typed(panel: Driver, kind: str) -> None:
    panel.press("queueHandOver")
    panel.edit("queueReason").setText(HOSTILE[kind])
    panel.press("queueReasonSubmit")
    panel.qtbot.waitUntil(lambda: bool(panel.front_desk.acts))
    assert panel.front_desk.acts == [("hand_over", PARKED, HOSTILE[kind])]


def test_a_reason_that_cannot_be_written_is_blamed(panel: Driver) -> None:
    panel.press("queueHandOver")
    panel.edit("queueReason").setText("a\ud800b")
    panel.press("queueReasonSubmit")
    assert "não pode ser usado" in panel.message("queueReason")
    assert not panel.front_desk.acts


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_note_is_shown_as_plain_text(driver: Driver, kind: str) -> None:
    note = HOSTILE[kind][:200]
    driver.front_desk.queued = [replace(stopped(1), state=QueueState.HANDED, note=note)]
    driver.press("startQueue")
    driver.qtbot.waitUntil(lambda: driver.text("queueFact4") == note)


@pytest.mark.parametrize("kind", HOSTILE)
def test_the_field_to_find_one_takes_anything(panel: Driver, kind: str) -> None:
    panel.edit("queueFind").setText(HOSTILE[kind])
    panel.press("queueFindSubmit")
    assert "não é um número de recibo" in panel.message("queueFind")


def test_nothing_is_done_twice(panel: Driver) -> None:
    panel.front_desk.gate.clear()
    panel.button("queueSendAgain").setFocus()
    panel.key("queueSendAgain", Qt.Key.Key_Return)
    assert not panel.button("queueSendAgain").isEnabled()
    assert not panel.button("queueWithdraw").isEnabled()
    QTest.keyClick(panel.window.focusWidget(), Qt.Key.Key_Return)
    QTest.keyClick(panel.window.focusWidget(), Qt.Key.Key_Return)
    QTest.mouseClick(panel.button("queueSendAgain"), Qt.MouseButton.LeftButton)
    panel.front_desk.gate.set()
    panel.qtbot.waitUntil(panel.button("queueSendAgain").isEnabled)
    assert len(panel.front_desk.acts) == 1
    assert panel.page == "queueScreen"


def test_a_reason_is_given_once(panel: Driver) -> None:
    panel.press("queueWithdraw")
    panel.edit("queueReason").setText("Desistiu.")
    panel.front_desk.gate.clear()
    panel.key("queueReason", Qt.Key.Key_Return)
    panel.key("queueReason", Qt.Key.Key_Return)
    panel.key("queueReason", Qt.Key.Key_Escape)
    assert panel.edit("queueReason").isVisible()
    panel.front_desk.gate.set()
    panel.qtbot.waitUntil(lambda: panel.text("queueNotice") == "Retirado da fila.")
    assert len(panel.front_desk.acts) == 1


def test_what_had_moved_on_is_told_calmly_and_read_again(panel: Driver) -> None:
    panel.front_desk.act_answer = ActTooLate()
    panel.front_desk.queued[0:1] = []
    panel.front_desk.decided.insert(0, decided(1))
    panel.press("queueSendAgain")
    panel.qtbot.waitUntil(lambda: panel.text("queueStoryTitle") == "Aceito")
    assert "Nada foi feito" in panel.text("queueNotice")
    assert panel.text("queueReceipt") == PARKED
    assert rows(panel) == [FIRST, receipt(3)]


def test_choosing_another_takes_the_notice_and_the_question_away(panel: Driver) -> None:
    panel.press("queueWithdraw")
    panel.edit("queueReason").setText("engano")
    choose(panel, 1)
    assert not panel.edit("queueReason").isVisible()
    panel.press("queueTryNow")
    panel.qtbot.waitUntil(panel.find("queueNotice").isVisible)
    choose(panel, 2)
    assert not panel.find("queueNotice").isVisible()


@pytest.mark.parametrize(
    ("typed", "tab", "title"),
    [
        ("K7Q2MT-0001-", "queueTabStopped", "O cadastro central não entendeu o pedido"),
        ("K7Q2MT-0003-", "queueTabWaiting", "Aguardando o envio"),
        ("K7Q2MT-0011-", "queueTabAnswered", "Aceito"),
    ],
)
@pytest.mark.parametrize("is_sloppy", [False, True])
def test_one_is_found_by_its_receipt(
    panel: Driver, typed: str, tab: str, title: str, is_sloppy: bool
) -> None:
    number = receipt(int(typed[7:11]))
    panel.edit("queueFind").setText(number.lower().replace("-", " ") if is_sloppy else number)
    panel.key("queueFind", Qt.Key.Key_Return)
    panel.qtbot.waitUntil(panel.button(tab).isChecked)
    panel.qtbot.waitUntil(lambda: panel.text("queueStoryTitle") == title)
    assert panel.text("queueReceipt") == number
    panel.qtbot.waitUntil(lambda: chosen(panel) == number)


def test_a_row_of_the_list_before_is_not_taken_for_one_of_the_next(panel: Driver) -> None:
    panel.front_desk.gate.clear()
    panel.press("queueTabAnswered")
    choose(panel, 1)
    panel.front_desk.gate.set()
    panel.qtbot.waitUntil(lambda: panel.text("queueReceipt") == receipt(12))
    assert chosen(panel) == receipt(12)


def test_what_is_found_far_down_is_told_without_its_row(panel: Driver) -> None:
    panel.front_desk.queued += [waiting(number) for number in range(20, 40)]
    panel.front_desk.page_size = 5
    panel.edit("queueFind").setText(receipt(39))
    panel.press("queueFindSubmit")
    panel.qtbot.waitUntil(lambda: panel.text("queueReceipt") == receipt(39))
    assert len(rows(panel)) == 5
    assert chosen(panel) is None


def test_a_receipt_of_another_machine_says_so(panel: Driver) -> None:
    panel.edit("queueFind").setText(receipt(999))
    panel.press("queueFindSubmit")
    panel.qtbot.waitUntil(lambda: "não é deste equipamento" in panel.message("queueFind"))
    assert panel.edit("queueFind").hasFocus()
    panel.press("queueTabStopped")
    assert panel.message("queueFind") == ""


def test_an_empty_receipt_says_what_to_do(panel: Driver) -> None:
    panel.press("queueFindSubmit")
    assert panel.message("queueFind") == "Digite o número do recibo."


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
    choose(panel, 1)
    panel.front_desk.queued[1] = replace(waiting(2), age_seconds=7200, next_try_seconds=3)
    look_again(panel)
    row = flow_of(panel).screen.list.rows[1]
    assert (row.when, row.more) == ("há 2 h", "nova tentativa agora")
    assert panel.text("queueFact3") == "3; a próxima agora"
    assert chosen(panel) == FIRST


def test_what_is_answered_meanwhile_is_told_where_it_was_waited_for(panel: Driver) -> None:
    choose(panel, 1)
    del panel.front_desk.queued[1]
    panel.front_desk.decided.insert(0, decided(2))
    look_again(panel)
    assert panel.text("queueReceipt") == FIRST
    assert panel.text("queueStoryTitle") == "Aceito"
    assert rows(panel) == [PARKED, receipt(3)]
    assert chosen(panel) is None
    QTest.keyClick(view_of(panel), Qt.Key.Key_Down)
    assert chosen(panel) == PARKED


def test_nothing_moves_while_a_reason_is_typed(panel: Driver) -> None:
    panel.press("queueWithdraw")
    QTest.keyClicks(panel.edit("queueReason"), "Desis")
    del panel.front_desk.queued[1]
    before = panel.front_desk.pages
    flow_of(panel).refresh()
    panel.front_desk.tell(panel.front_desk.status)
    panel.qtbot.waitUntil(lambda: flow_of(panel).is_stale)
    QTest.keyClicks(panel.edit("queueReason"), "tiu")
    assert panel.front_desk.pages == before
    assert panel.edit("queueReason").text() == "Desistiu"
    assert len(rows(panel)) == 3
    panel.press("queueReasonCancel")
    panel.qtbot.waitUntil(lambda: len(rows(panel)) == 2)


def test_a_look_that_is_asked_for_during_another_follows_it(panel: Driver) -> None:
    panel.front_desk.gate.clear()
    flow_of(panel).refresh()
    flow_of(panel).refresh()
    del panel.front_desk.queued[1:]
    panel.front_desk.gate.set()
    panel.qtbot.waitUntil(lambda: len(rows(panel)) == 1)
    panel.qtbot.waitUntil(lambda: flow_of(panel).is_idle)


def test_the_line_is_heard_from_another_thread(panel: Driver) -> None:
    panel.front_desk.queued.append(waiting(9))
    status = LineStatus(is_online=False, offline_since=None, waiting=4, parked=1)
    teller = threading.Thread(target=panel.front_desk.tell, args=(status,))
    teller.start()
    teller.join()
    panel.qtbot.waitUntil(lambda: len(rows(panel)) == 4)
    assert panel.button("queueTabWaiting").text() == "Aguardando · 4"


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
    panel.qtbot.waitUntil(lambda: len(rows(panel)) == 3)


def test_an_act_that_ends_after_leaving_changes_no_screen(panel: Driver) -> None:
    panel.front_desk.gate.clear()
    panel.press("queueSendAgain")
    panel.press("queueBack")
    panel.front_desk.gate.set()
    panel.qtbot.waitUntil(lambda: flow_of(panel).is_idle)
    assert panel.page == "startScreen"
    assert panel.text("queueNotice") == ""


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
    panel.qtbot.waitUntil(lambda: len(rows(panel)) == 3)
    assert not panel.find("queueNotice").isVisible()


@pytest.mark.usefixtures("expected_stumbles")
def test_an_act_that_fails_is_told_and_can_be_tried_again(panel: Driver) -> None:
    panel.press("queueHandOver")
    panel.edit("queueReason").setText("volta na quinta")
    panel.front_desk.error = OSError("disk")
    panel.press("queueReasonSubmit")
    panel.wait_page("failureScreen")
    panel.front_desk.error = None
    panel.press("failureBack")
    assert panel.edit("queueReason").text() == "volta na quinta"
    panel.press("queueReasonSubmit")
    panel.qtbot.waitUntil(lambda: panel.text("queueNotice") == "Passado ao supervisor.")


@pytest.mark.usefixtures("expected_stumbles")
def test_a_search_that_fails_is_told(panel: Driver) -> None:
    panel.front_desk.error = OSError("disk")
    panel.edit("queueFind").setText(PARKED)
    panel.press("queueFindSubmit")
    panel.wait_page("failureScreen")
    panel.front_desk.error = None
    panel.press("failureBack")
    panel.press("queueFindSubmit")
    panel.qtbot.waitUntil(lambda: panel.button("queueTabStopped").isChecked())


def test_the_queue_can_be_asked_for_before_the_desk_is_open(panel: Driver) -> None:
    panel.front_desk.gate.clear()
    panel.press("queueBack")
    panel.press("startQueue")
    assert rows(panel) == []
    assert not panel.find("queueEmpty").isVisible()
    panel.front_desk.gate.set()
    panel.qtbot.waitUntil(lambda: len(rows(panel)) == 3)


@pytest.mark.parametrize("face", ["kiosk"])
def test_a_kiosk_has_nothing_of_it(built: Driver) -> None:
    names = [one.objectName().lower() for one in built.window.findChildren(QWidget)]
    assert not [name for name in names if "queue" in name]
    words = [one.text() for one in built.window.findChildren(QAbstractButton)]
    assert "Fila de envio" not in words


def test_rows_are_large_enough_for_a_finger(panel: Driver) -> None:
    view = view_of(panel)
    for place in range(3):
        rect = view.visualRect(view.model().index(place, 0))
        assert rect.height() >= 48
        assert view.viewport().rect().contains(rect.adjusted(0, 0, -1, -1)), place
    assert view.mapTo(panel.window, QPoint(0, 0)).x() >= 8
