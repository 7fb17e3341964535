"""What is told on the start screen after a sudden end."""

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kiosk.domain.operations import OperationKind
from kiosk.domain.restorations import Damage, RestoreReport
from kiosk.services.answers import ReceiptState
from kiosk.services.start_reports import InterruptedAction, StartReport
from tests.ui.drivers import Driver
from tests.ui.front_desks import RECEIPT, FakeFrontDesk
from ui.base.theme import Theme
from ui.screens.start import StartScreen
from ui.sessions import Session
from ui.window import Window
from ui.words.starts import report_words

WAITING = InterruptedAction(OperationKind.REGISTER, RECEIPT, ReceiptState.WAITING)


@pytest.mark.parametrize("state", [None, *ReceiptState])
@pytest.mark.parametrize("kind", OperationKind)
def test_every_state_has_its_words(kind: OperationKind, state: ReceiptState | None) -> None:
    receipt = None if state is None else RECEIPT
    words = report_words(StartReport((InterruptedAction(kind, receipt, state),)), for_staff=False)
    assert "{" not in words
    assert (RECEIPT in words) is (state is not None)


def test_with_nothing_under_way_it_says_so() -> None:
    assert "Nenhum pedido estava sendo enviado" in report_words(StartReport(()), for_staff=False)


@pytest.mark.parametrize(
    ("lost", "words"),
    [(0, "não foi guardado: nada mudou"), (3, "Não se sabe"), (None, "Não se sabe")],
)
def test_after_a_loss_nobody_knows_what_was_recorded(lost: int | None, words: str) -> None:
    restored = RestoreReport(1, Damage.TRUNCATED, 0, None, 5, 2, lost, "quarantine/1")
    unrecorded = InterruptedAction(OperationKind.RESET, None, None)
    report = StartReport((unrecorded, WAITING), (restored,))
    for for_staff in (True, False):
        told = report_words(report, for_staff=for_staff)
        assert words in told
        assert "está guardado, com o recibo" in told


def test_it_is_told_until_it_is_read(qtbot: QtBot, theme: Theme) -> None:
    front_desk = FakeFrontDesk()
    front_desk.report = StartReport((WAITING,))
    window = Window(theme, demo=False)
    qtbot.addWidget(window)
    start = StartScreen(theme)
    window.show_page(start)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    session = Session(app, theme, window, start)
    with qtbot.waitActive(window):
        window.show()
    session.begin(lambda: front_desk)
    driver = Driver(qtbot, window, session, front_desk)
    qtbot.waitUntil(start.notice.isVisible)
    assert RECEIPT in driver.text("startNotice")
    assert start.registration.isVisible()
    start.notice.read.click()
    assert not start.notice.isVisible()
    qtbot.waitUntil(lambda: front_desk.report is None)
    assert front_desk.read_by_staff is False
    driver.end()


def test_after_a_normal_end_nothing_is_told(built: Driver) -> None:
    assert not built.session.navigation._start.notice.isVisible()


@pytest.mark.parametrize(
    ("lost", "said"),
    [(None, "Pode faltar algum pedido"), (3, "Até 3 pedidos"), (0, "Nenhum pedido se perdeu")],
)
def test_staff_is_told_of_a_restored_file(lost: int | None, said: str) -> None:
    restored = RestoreReport(
        1, Damage.TRUNCATED, 1_700_000_000_000, "000007.sqlite3", 5, 2, lost, "quarantine/1"
    )
    report = StartReport(None, (restored,))
    words = report_words(report, for_staff=True)
    assert said in words
    assert "quarantine/1" in words
    assert report_words(report, for_staff=False) == ""
