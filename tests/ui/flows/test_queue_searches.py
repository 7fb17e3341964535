"""Fila de envio through its widgets: one operation is found by its receipt."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from kiosk.domain.operations import Outcome
from tests.ui.drivers import Driver
from tests.ui.front_desks import FakeFrontDesk
from tests.ui.queue_entries import decided, receipt, untried, waiting
from tests.ui.queue_panels import HOSTILE, PARKED, choose, chosen, desk_with_a_queue, rows
from ui.base.theme import Face


@pytest.fixture
def face() -> Face:
    return "desk"


@pytest.fixture
def front_desk() -> FakeFrontDesk:
    return desk_with_a_queue()


@pytest.mark.parametrize("kind", HOSTILE)
def test_the_field_to_find_one_takes_anything(panel: Driver, kind: str) -> None:
    panel.edit("queueFind").setText(HOSTILE[kind])
    panel.press("queueFindSubmit")
    assert "não é um número de recibo" in panel.message("queueFind")


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


def test_what_is_found_far_down_is_told_without_its_row(panel: Driver) -> None:
    panel.front_desk.queued += [waiting(number) for number in range(20, 40)]
    panel.front_desk.page_size = 5
    panel.edit("queueFind").setText(receipt(39))
    panel.press("queueFindSubmit")
    panel.qtbot.waitUntil(lambda: panel.text("queueReceipt") == receipt(39))
    assert len(rows(panel)) == 5
    assert chosen(panel) is None


@pytest.mark.parametrize("is_answered", [False, True])
def test_a_wish_that_was_sent_again_is_followed_and_says_so(
    panel: Driver, is_answered: bool
) -> None:
    gone = [replace(decided(n, Outcome.REPLACED), replaced_by=receipt(n + 1)) for n in (20, 21)]
    panel.front_desk.decided += gone
    if is_answered:
        panel.front_desk.decided.append(decided(22))
    else:
        panel.front_desk.queued.append(untried(22))
    panel.edit("queueFind").setText(receipt(20).lower().replace("-", " "))
    panel.press("queueFindSubmit")
    panel.qtbot.waitUntil(lambda: panel.text("queueReceipt") == receipt(22))
    assert panel.edit("queueFind").text() == receipt(20)
    words = f"{receipt(20)} foi enviado de novo como {receipt(22)}"
    assert panel.text("queueTrail") == words
    assert panel.find("queueTrail").isVisible()
    choose(panel, 0)
    assert not panel.find("queueTrail").isVisible()
    assert panel.edit("queueFind").text() == ""


def test_a_trail_that_leads_nowhere_ends_where_it_is_known(panel: Driver) -> None:
    lost = replace(decided(20, Outcome.REPLACED), replaced_by=receipt(99))
    panel.front_desk.decided.append(lost)
    panel.edit("queueFind").setText(receipt(20))
    panel.press("queueFindSubmit")
    panel.qtbot.waitUntil(lambda: panel.text("queueStoryTitle") == "Enviado de novo")
    assert not panel.find("queueTrail").isVisible()


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
