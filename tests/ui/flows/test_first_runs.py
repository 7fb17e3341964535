"""A technician before a machine that nobody has enrolled yet."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kiosk.complaints import Complaint
from kiosk.domain.custody_kinds import CustodyKind
from kiosk.domain.enrolment_tickets import Ticket, written
from kiosk.services.first_runs import CheckState, CustodyOffer, Enrolled, Refusal, Trouble
from tests.ui.first_runs import ADDRESS, CODE, FOUND, TYPED, WELL, NewMachine, _refuse
from ui.base.theme import Theme
from ui.screens.start import StartScreen
from ui.sessions import Session
from ui.window import Window

CLOCK = datetime(2026, 11, 25, 10, 30, tzinfo=UTC)


def test_from_the_code_to_the_face(new_machine: NewMachine) -> None:
    assert "não está inscrita" in new_machine.text("statusLine")
    new_machine.look()
    (wish,) = new_machine.first_run.looked
    assert (wish.address, wish.code, wish.authority) == (ADDRESS, CODE, None)
    assert new_machine.text("firstRunFact1").startswith("Quiosque 2 (Sede), quiosque")
    assert new_machine.text("firstRunFact4").startswith("0F1E2D3C 4B5A6978")
    # Nobody is chosen but by whoever sits there.
    assert new_machine.flow.found.chosen() is None
    new_machine.press("firstRunConfirm")
    assert new_machine.text("firstRunCustodyMessage").startswith("Escolha quem guarda")
    assert new_machine.first_run.chosen == []
    new_machine.press("firstRunFile")
    assert new_machine.text("firstRunCustodyMessage") == ""
    new_machine.press("firstRunConfirm")
    new_machine.qtbot.waitUntil(new_machine.button("firstRunDone").isVisible)
    assert new_machine.first_run.chosen == [CustodyKind.FILE]
    assert new_machine.text("firstRunCheckHeading").startswith("Tudo certo")
    assert (
        new_machine.text("statusLine")
        == "Inscrita: Quiosque 2. Os recibos dela começam por K7Q2MT."
    )
    assert not new_machine.button("firstRunAgain").isVisible()
    assert new_machine.session.enrolled_face is None
    new_machine.press("firstRunDone")
    assert new_machine.session.enrolled_face == "kiosk"


def test_a_code_is_grouped_while_it_is_typed(new_machine: NewMachine) -> None:
    edit = new_machine.edit("firstRunCode")
    edit.setFocus()
    QTest.keyClicks(edit, TYPED.replace("-", "").lower())
    assert edit.text() == TYPED
    QTest.keyClick(edit, Qt.Key.Key_Backspace)
    assert edit.text() == TYPED[:-1]
    new_machine.edit("firstRunAuthority").setFocus()
    assert "não confere" in new_machine.message("firstRunCode")


@pytest.mark.parametrize("field", ["firstRunAddress", "firstRunCode", "firstRunAuthority"])
def test_a_scanned_code_fills_both_fields_wherever_it_is_read(
    new_machine: NewMachine, field: str
) -> None:
    edit = new_machine.edit(field)
    edit.setFocus()
    QTest.keyClicks(edit, written(Ticket(CODE, ADDRESS)))
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert new_machine.edit("firstRunAddress").text() == ADDRESS
    assert new_machine.edit("firstRunCode").text() == TYPED
    assert new_machine.edit("firstRunAuthority").text() == ""


@pytest.mark.parametrize(
    ("refusal", "field", "said"),
    [
        (Refusal(Trouble.NAME_UNKNOWN), "Address", "não existe na rede"),
        (Refusal(Trouble.REFUSED), "Address", "porta"),
        (Refusal(Trouble.NO_ANSWER), "Address", "Ninguém respondeu"),
        (Refusal(Trouble.NO_TLS), "Address", "não usa https"),
        (Refusal(Trouble.NOT_A_REGISTRY), "Address", "não é o cadastro"),
        (Refusal(Trouble.CERTIFICATE_UNTRUSTED), "Address", "autoridade conhecida"),
        (Refusal(Trouble.CERTIFICATE_EXPIRED, clock=CLOCK), "Address", "25/11/2026 10:30"),
        (Refusal(Trouble.CERTIFICATE_NOT_YET, clock=CLOCK), "Address", "25/11/2026 10:30"),
        (Refusal(Trouble.CERTIFICATE_OF_ANOTHER), "Address", "outro endereço"),
        (Refusal(Trouble.AUTHORITY_UNREADABLE), "Authority", "não pôde ser lido"),
        (Refusal(Trouble.AUTHORITY_NONE), "Authority", "PEM"),
        (Refusal(Trouble.CODE), "Code", "15 minutos"),
        (Refusal(Trouble.OTHER_DEVICE), "Code", "--device"),
        (Refusal(Trouble.TOO_MANY_CODES, minutes=7), "Code", "Espere 7 min"),
        (Refusal(Trouble.SIGNATURE), "Address", "assinatura"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(
    new_machine: NewMachine, refusal: Refusal, field: str, said: str
) -> None:
    new_machine.first_run.found = refusal
    new_machine.fill()
    new_machine.press("firstRunSubmit")
    new_machine.wait_idle("firstRunSubmit")
    assert said in new_machine.message(f"firstRun{field}")
    assert new_machine.edit(f"firstRun{field}").hasFocus()
    assert new_machine.edit("firstRunCode").text() == TYPED


def test_a_certificate_of_another_authority_is_told_at_its_file(new_machine: NewMachine) -> None:
    new_machine.first_run.found = Refusal(Trouble.CERTIFICATE_UNTRUSTED)
    new_machine.fill(authority="/etc/ca.pem")
    new_machine.press("firstRunSubmit")
    new_machine.wait_idle("firstRunSubmit")
    assert "não é desta autoridade" in new_machine.message("firstRunAuthority")


@pytest.mark.parametrize("typed", ["", "\x00", "://", "a" * 5000, "日本", "%s{0}", "https://[::"])
def test_whatever_is_typed_is_told_and_nothing_is_sent(new_machine: NewMachine, typed: str) -> None:
    new_machine.fill(typed, typed, typed)
    new_machine.press("firstRunSubmit")
    assert new_machine.message("firstRunCode") != ""
    assert new_machine.first_run.looked == []


def test_waiting_can_be_cancelled(new_machine: NewMachine) -> None:
    new_machine.first_run.gate.clear()
    new_machine.fill()
    new_machine.press("firstRunSubmit")
    new_machine.qtbot.waitUntil(new_machine.button("firstRunCancel").isVisible)
    new_machine.press("firstRunCancel")
    assert "Nada foi mudado" in new_machine.text("firstRunNotice")
    # What was found after all leads nowhere any more.
    new_machine.first_run.gate.set()
    new_machine.first_run.found = Refusal(Trouble.CODE)
    new_machine.press("firstRunSubmit")
    new_machine.qtbot.waitUntil(lambda: new_machine.message("firstRunCode") != "")
    assert new_machine.page == "firstRunScreen"


def test_back_keeps_what_was_typed_and_forgets_the_choice(new_machine: NewMachine) -> None:
    new_machine.look()
    new_machine.press("firstRunFile")
    new_machine.press("firstRunFoundBack")
    assert new_machine.edit("firstRunCode").text() == TYPED
    new_machine.press("firstRunSubmit")
    new_machine.wait_page("firstRunFoundScreen")
    assert new_machine.flow.found.chosen() is None


def test_a_custody_that_does_not_work_here_says_why(new_machine: NewMachine) -> None:
    new_machine.look()
    card = new_machine.button("firstRunSystemd")
    assert not card.isEnabled()
    assert card.accessibleDescription() == "Este processo não recebeu nada."
    new_machine.first_run.found = replace(
        FOUND, custodies=tuple(CustodyOffer(one, "", "Não. Aqui não.") for one in (CustodyKind))[:3]
    )
    new_machine.press("firstRunFoundBack")
    new_machine.press("firstRunSubmit")
    new_machine.wait_page("firstRunFoundScreen")
    assert new_machine.button("firstRunFoundBack").hasFocus()


def test_keys_alone_are_enough(new_machine: NewMachine) -> None:
    def press(key: Qt.Key) -> None:
        QTest.keyClick(new_machine.window.focusWidget(), key)

    QTest.keyClicks(new_machine.window.focusWidget(), ADDRESS)
    press(Qt.Key.Key_Tab)
    QTest.keyClicks(new_machine.window.focusWidget(), TYPED)
    press(Qt.Key.Key_Return)
    new_machine.wait_page("firstRunFoundScreen")
    assert new_machine.button("firstRunKeyring").hasFocus()
    # Going by them chooses nobody yet.
    press(Qt.Key.Key_Down)
    assert new_machine.flow.found.chosen() is None
    press(Qt.Key.Key_Return)
    assert new_machine.flow.found.chosen() is CustodyKind.FILE
    press(Qt.Key.Key_Up)
    assert new_machine.flow.found.chosen() is CustodyKind.KEYRING
    press(Qt.Key.Key_Tab)
    press(Qt.Key.Key_Return)
    new_machine.qtbot.waitUntil(new_machine.button("firstRunDone").isVisible)
    press(Qt.Key.Key_Return)
    assert new_machine.session.enrolled_face == "kiosk"


@pytest.mark.parametrize(
    ("refusal", "page"),
    [
        (Refusal(Trouble.CODE), "firstRunScreen"),
        (Refusal(Trouble.CUSTODY, said="O chaveiro fechou."), "firstRunFoundScreen"),
    ],
)
def test_an_enrolment_that_fails_leads_back_to_what_can_be_put_right(
    new_machine: NewMachine, refusal: Refusal, page: str
) -> None:
    new_machine.first_run.enrolled = refusal
    new_machine.look()
    new_machine.press("firstRunFile")
    new_machine.press("firstRunConfirm")
    new_machine.wait_page(page)
    said = [new_machine.message("firstRunCode"), new_machine.text("firstRunCustodyMessage")]
    assert sum(bool(one) for one in said) == 1
    new_machine.first_run.enrolled = Enrolled("K7Q2MT", "Balcão 1", "desk")
    if page == "firstRunScreen":
        new_machine.press("firstRunSubmit")
        new_machine.wait_page("firstRunFoundScreen")
        new_machine.press("firstRunFile")
    new_machine.press("firstRunConfirm")
    new_machine.qtbot.waitUntil(new_machine.button("firstRunDone").isVisible)
    new_machine.press("firstRunDone")
    assert new_machine.session.enrolled_face == "desk"


def test_a_look_that_the_custody_stops_is_told(new_machine: NewMachine) -> None:
    new_machine.first_run.found = Refusal(Trouble.CUSTODY, said=f"/{'x' * 80} não abriu.")
    new_machine.fill()
    new_machine.press("firstRunSubmit")
    new_machine.wait_idle("firstRunSubmit")
    assert "não abriu" in new_machine.text("firstRunNotice")


def test_what_is_not_right_yet_can_be_looked_at_again(new_machine: NewMachine) -> None:
    new_machine.first_run.checks = tuple(replace(one, state=CheckState.FAILED) for one in WELL)
    new_machine.look()
    new_machine.press("firstRunKeyring")
    new_machine.press("firstRunConfirm")
    new_machine.qtbot.waitUntil(new_machine.button("firstRunAgain").isVisible)
    assert new_machine.button("firstRunDone").text() == "Abrir assim mesmo"
    assert "não respondeu" in new_machine.text("firstRunCheck5")
    new_machine.first_run.checks = WELL
    new_machine.press("firstRunAgain")
    new_machine.qtbot.waitUntil(new_machine.button("firstRunDone").isVisible)
    assert new_machine.button("firstRunDone").text() == "Pronto"


def test_help_leads_back_and_offers_no_receipt(new_machine: NewMachine) -> None:
    new_machine.press("firstRunHelp")
    assert new_machine.page == "helpScreen"
    assert not new_machine.button("helpReceiptQuery").isVisible()
    new_machine.press("helpBack")
    assert new_machine.page == "firstRunScreen"


def test_leaving_closes_the_window(new_machine: NewMachine) -> None:
    new_machine.press("firstRunBack")
    assert not new_machine.window.isVisible()
    assert new_machine.session.enrolled_face is None


def run(qtbot: QtBot, theme: Theme, app: QApplication, first_run: object) -> Session:
    window = Window(theme, demo=False)
    qtbot.addWidget(window)
    start = StartScreen(theme)
    window.show_page(start)
    window.show()
    session = Session(app, theme, window, start)

    def begin() -> object:
        if isinstance(first_run, Exception):
            raise first_run
        return first_run

    session.run(_refuse, begin)  # type: ignore[arg-type]
    return session


def test_a_first_run_that_cannot_begin_ends_the_program(
    qtbot: QtBot, theme: Theme, qapp: QApplication
) -> None:
    with pytest.raises(Complaint, match="ocupada"):
        run(qtbot, theme, qapp, Complaint("Pasta ocupada."))
