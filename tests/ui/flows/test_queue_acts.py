"""Fila de envio through its widgets: what is done about an operation."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from kiosk.domain.operations import Outcome
from kiosk.services.answers import LineStatus
from kiosk.services.queue_answers import (
    ActDone,
    ActTooLate,
    NoteProblem,
    NoteRefused,
    QueueState,
    QueueWay,
)
from tests.ui.drivers import Driver
from tests.ui.front_desks import FakeFrontDesk
from tests.ui.queue_entries import decided, receipt, stopped, untried, waiting
from tests.ui.queue_panels import (
    HOSTILE,
    PARKED,
    choose,
    desk_with_a_queue,
    flow_of,
    look_again,
    rows,
    show_tab,
    view_of,
    ways,
)
from ui.base.theme import Face


@pytest.fixture
def face() -> Face:
    return "desk"


@pytest.fixture
def front_desk() -> FakeFrontDesk:
    return desk_with_a_queue()


@pytest.fixture
def parked(panel: Driver) -> Driver:
    """The panel with the list of what stopped."""
    show_tab(panel, "queueTabStopped", 1)
    return panel


def wait_until_done(driver: Driver, acts: int = 1) -> None:
    """Wait until something was done, the question is gone, and the list has been read again."""
    driver.qtbot.waitUntil(lambda: len(driver.front_desk.acts) == acts)
    driver.qtbot.waitUntil(lambda: not driver.edit("queueReason").isVisible())
    driver.qtbot.waitUntil(lambda: flow_of(driver).is_idle)


def test_everything_can_be_done_by_keyboard(parked: Driver) -> None:
    parked.front_desk.queued.append(stopped(9))
    look_again(parked)
    QTest.keyClick(view_of(parked), Qt.Key.Key_Down)
    assert parked.text("queueReceipt") == receipt(9)
    QTest.keyClick(view_of(parked), Qt.Key.Key_Up)
    QTest.keyClick(view_of(parked), Qt.Key.Key_Return)
    assert parked.button("queueSendAgain").hasFocus()
    QTest.keyClick(parked.button("queueSendAgain"), Qt.Key.Key_Tab)
    QTest.keyClick(parked.button("queueHandOver"), Qt.Key.Key_Return)
    assert parked.edit("queueReason").hasFocus()
    QTest.keyClicks(parked.edit("queueReason"), "volta na quinta")
    QTest.keyClick(parked.edit("queueReason"), Qt.Key.Key_Return)
    wait_until_done(parked)
    assert parked.front_desk.acts == [("hand_over", PARKED, "volta na quinta")]
    assert view_of(parked).hasFocus()
    QTest.keyClick(view_of(parked), Qt.Key.Key_Escape)
    assert parked.page == "startScreen"


def test_enter_on_what_has_no_ways_does_nothing(parked: Driver) -> None:
    show_tab(parked, "queueTabAnswered", 2)
    QTest.keyClick(view_of(parked), Qt.Key.Key_Return)
    assert parked.page == "queueScreen"
    assert not parked.front_desk.acts


def test_try_now_wakes_the_worker(panel: Driver) -> None:
    panel.press("queueTryNow")
    panel.qtbot.waitUntil(lambda: "Tentando." in panel.text("queueNotice"))
    assert panel.front_desk.tries == 1


def test_what_is_on_its_way_is_not_tried_again(panel: Driver) -> None:
    panel.button("queueTryNow").setFocus()
    panel.front_desk.queued[1] = replace(waiting(2), state=QueueState.SENDING)
    look_again(panel)
    button = panel.button("queueTryNow")
    assert (button.text(), button.isEnabled()) == ("Tentando…", False)
    assert view_of(panel).hasFocus()
    QTest.keyClick(view_of(panel), Qt.Key.Key_Return)
    assert view_of(panel).hasFocus()
    panel.front_desk.queued[1] = waiting(2)
    look_again(panel)
    assert (button.text(), button.isEnabled()) == ("Tentar agora", True)
    assert panel.front_desk.tries == 0


def test_send_again_tells_the_new_receipt_and_shows_it(parked: Driver) -> None:
    parked.front_desk.queued[0:1] = []
    parked.front_desk.queued.append(untried(4))
    parked.front_desk.act_answer = ActDone(receipt(4))
    parked.press("queueSendAgain")
    parked.qtbot.waitUntil(lambda: parked.text("queueReceipt") == receipt(4))
    words = f"Enviado de novo com o recibo {receipt(4)}. Anote-o para a pessoa."
    assert parked.text("queueNotice") == words
    assert not parked.find("queueStory").isVisible()
    assert parked.front_desk.acts == [("send_again", PARKED, "")]
    assert rows(parked) == []
    assert ways(parked) == ["Tentar agora", "Retirar da fila"]


@pytest.mark.parametrize(
    ("outcome", "tone", "title"),
    [(Outcome.ACCEPTED, "success", "Aceito"), (Outcome.REJECTED, "danger", "Recusado")],
)
def test_the_answer_to_what_was_sent_again_is_told_once(
    parked: Driver, outcome: Outcome, tone: str, title: str
) -> None:
    parked.front_desk.queued[0:1] = []
    parked.front_desk.queued.append(untried(4))
    parked.front_desk.act_answer = ActDone(receipt(4))
    parked.press("queueSendAgain")
    parked.qtbot.waitUntil(lambda: parked.text("queueReceipt") == receipt(4))
    del parked.front_desk.queued[-1]
    parked.front_desk.decided.insert(0, decided(4, outcome))
    parked.front_desk.status = LineStatus(True, None, waiting=2, parked=0)
    look_again(parked)
    assert parked.text("queueStoryTitle") == title
    said = parked.text("queueNotice")
    assert said.startswith(f"Enviado de novo como {receipt(4)}. Resposta: {title}. ")
    assert said.endswith(parked.text("queueStory"))
    assert not parked.find("queueStory").isVisible()
    notice = parked.find("queueNotice").parentWidget()
    assert notice is not None
    assert notice.property("tone") == tone
    assert parked.button("queueTabStopped").text() == "Precisam de atendente · 0"
    show_tab(parked, "queueTabAnswered", 3)
    assert not parked.find("queueNotice").isVisible()
    assert parked.find("queueStory").isVisible()


def test_a_supervisors_buttons_say_so(parked: Driver) -> None:
    parked.front_desk.queued[0] = replace(
        stopped(1), state=QueueState.HANDED, ways=(QueueWay.SEND_AGAIN, QueueWay.WITHDRAW)
    )
    look_again(parked)
    assert ways(parked) == ["Supervisor: enviar de novo", "Supervisor: retirar"]
    roles = {parked.button(name).property("role") for name in ("queueSendAgain", "queueWithdraw")}
    assert roles == {"secondary"}
    assert parked.text("queueStory").endswith("Você não precisa fazer mais nada.")


def test_withdrawing_says_first_what_becomes_of_the_wish(parked: Driver) -> None:
    parked.press("queueWithdraw")
    assert "não será atendido" in parked.text("queueReasonNotice")
    assert parked.text("queueReasonSubject") == "Cadastro · ***.456.789-** · feito há 12 min"
    told = [
        (parked.button(name).text(), parked.button(name).property("role"))
        for name in ("queueReasonCancel", "queueReasonSubmit")
    ]
    assert told == [("Voltar sem retirar", "primary"), ("Retirar da fila", "danger")]
    assert ways(parked) == []
    assert not parked.front_desk.acts
    parked.edit("queueReason").setText("Desistiu.")
    parked.front_desk.queued[0:1] = []
    parked.front_desk.decided.insert(0, replace(decided(1, Outcome.WITHDRAWN), note="Desistiu."))
    parked.press("queueReasonSubmit")
    parked.qtbot.waitUntil(lambda: parked.text("queueStoryTitle") == "Retirado da fila")
    assert parked.front_desk.acts == [("withdraw", PARKED, "Desistiu.")]
    assert parked.text("queueNotice") == "Retirado da fila."
    assert rows(parked) == []


@pytest.mark.parametrize("way", ["queueHandOver", "queueWithdraw"])
@pytest.mark.parametrize("how", ["button", "Esc"])
def test_cancel_cancels(parked: Driver, way: str, how: str) -> None:
    parked.press(way)
    parked.edit("queueReason").setText("engano")
    if how == "button":
        parked.press("queueReasonCancel")
    else:
        parked.key("queueReason", Qt.Key.Key_Escape)
    assert parked.page == "queueScreen"
    assert ways(parked) == ["Enviar de novo", "Passar ao supervisor", "Retirar da fila"]
    assert not parked.front_desk.acts
    parked.press(way)
    assert parked.edit("queueReason").text() == ""


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (NoteProblem.EMPTY, "Escreva o motivo em poucas palavras."),
        (NoteProblem.TOO_LONG, "O motivo é longo demais. Use até 200 caracteres."),
    ],
)
def test_what_is_wrong_with_a_reason_stands_at_its_place(
    parked: Driver, problem: NoteProblem, words: str
) -> None:
    parked.front_desk.act_answer = NoteRefused(problem)
    parked.press("queueHandOver")
    parked.press("queueReasonSubmit")
    parked.qtbot.waitUntil(lambda: parked.message("queueReason") == words)
    assert parked.edit("queueReason").hasFocus()
    parked.edit("queueReason").setText("volta na quinta")
    assert parked.message("queueReason") == ""
    parked.front_desk.act_answer = ActDone()
    parked.press("queueReasonSubmit")
    wait_until_done(parked, acts=2)


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_reason_is_handed_on_as_it_was_typed(parked: Driver, kind: str) -> None:
    parked.press("queueHandOver")
    parked.edit("queueReason").setText(HOSTILE[kind])
    parked.press("queueReasonSubmit")
    parked.qtbot.waitUntil(lambda: bool(parked.front_desk.acts))
    assert parked.front_desk.acts == [("hand_over", PARKED, HOSTILE[kind])]


def test_a_reason_that_cannot_be_written_is_blamed(parked: Driver) -> None:
    parked.press("queueHandOver")
    parked.edit("queueReason").setText("a\ud800b")
    parked.press("queueReasonSubmit")
    assert "não pode ser usado" in parked.message("queueReason")
    assert not parked.front_desk.acts


def test_nothing_is_done_twice(parked: Driver) -> None:
    parked.front_desk.gate.clear()
    parked.button("queueSendAgain").setFocus()
    parked.key("queueSendAgain", Qt.Key.Key_Return)
    assert not parked.button("queueSendAgain").isEnabled()
    assert not parked.button("queueWithdraw").isEnabled()
    QTest.keyClick(parked.window.focusWidget(), Qt.Key.Key_Return)
    QTest.keyClick(parked.window.focusWidget(), Qt.Key.Key_Return)
    QTest.mouseClick(parked.button("queueSendAgain"), Qt.MouseButton.LeftButton)
    parked.front_desk.gate.set()
    parked.qtbot.waitUntil(parked.button("queueSendAgain").isEnabled)
    assert len(parked.front_desk.acts) == 1
    assert parked.page == "queueScreen"


def test_a_reason_is_given_once(parked: Driver) -> None:
    parked.press("queueWithdraw")
    parked.edit("queueReason").setText("Desistiu.")
    parked.front_desk.gate.clear()
    parked.key("queueReason", Qt.Key.Key_Return)
    parked.key("queueReason", Qt.Key.Key_Return)
    parked.key("queueReason", Qt.Key.Key_Escape)
    assert parked.edit("queueReason").isVisible()
    parked.front_desk.gate.set()
    parked.qtbot.waitUntil(lambda: parked.text("queueNotice") == "Retirado da fila.")
    assert len(parked.front_desk.acts) == 1


def test_what_had_moved_on_is_told_calmly_and_read_again(parked: Driver) -> None:
    parked.front_desk.act_answer = ActTooLate()
    parked.front_desk.queued[0:1] = []
    parked.front_desk.decided.insert(0, decided(1))
    parked.press("queueSendAgain")
    parked.qtbot.waitUntil(lambda: parked.text("queueStoryTitle") == "Aceito")
    assert "Nada foi feito" in parked.text("queueNotice")
    assert parked.text("queueReceipt") == PARKED
    assert rows(parked) == []


def test_choosing_another_takes_the_notice_and_the_question_away(panel: Driver) -> None:
    choose(panel, 1)
    panel.press("queueWithdraw")
    panel.edit("queueReason").setText("engano")
    choose(panel, 0)
    assert not panel.edit("queueReason").isVisible()
    panel.press("queueTryNow")
    panel.qtbot.waitUntil(panel.find("queueNotice").isVisible)
    choose(panel, 1)
    assert not panel.find("queueNotice").isVisible()


def test_nothing_moves_while_a_reason_is_typed(parked: Driver) -> None:
    parked.front_desk.queued[1] = stopped(2)
    look_again(parked)
    parked.press("queueWithdraw")
    QTest.keyClicks(parked.edit("queueReason"), "Desis")
    del parked.front_desk.queued[1]
    before = parked.front_desk.pages
    flow_of(parked).refresh()
    parked.front_desk.tell(parked.front_desk.status)
    parked.qtbot.waitUntil(lambda: flow_of(parked).is_stale)
    QTest.keyClicks(parked.edit("queueReason"), "tiu")
    assert parked.front_desk.pages == before
    assert parked.edit("queueReason").text() == "Desistiu"
    assert len(rows(parked)) == 2
    parked.press("queueReasonCancel")
    parked.qtbot.waitUntil(lambda: len(rows(parked)) == 1)


def test_an_act_that_ends_after_leaving_changes_no_screen(parked: Driver) -> None:
    parked.front_desk.gate.clear()
    parked.press("queueSendAgain")
    parked.press("queueBack")
    parked.front_desk.gate.set()
    parked.qtbot.waitUntil(lambda: flow_of(parked).is_idle)
    assert parked.page == "startScreen"
    assert parked.text("queueNotice") == ""


@pytest.mark.usefixtures("expected_stumbles")
def test_an_act_that_fails_is_told_and_can_be_tried_again(parked: Driver) -> None:
    parked.press("queueHandOver")
    parked.edit("queueReason").setText("volta na quinta")
    parked.front_desk.error = OSError("disk")
    parked.press("queueReasonSubmit")
    parked.wait_page("failureScreen")
    parked.front_desk.error = None
    parked.press("failureBack")
    assert parked.edit("queueReason").text() == "volta na quinta"
    parked.press("queueReasonSubmit")
    wait_until_done(parked, acts=2)
