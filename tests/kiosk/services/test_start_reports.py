import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from kiosk.domain.forms import RegistrationForm
from kiosk.domain.operations import OperationKind, Outcome
from kiosk.domain.restorations import Damage, RestoreReport
from kiosk.services.answers import ReceiptState, Waiting
from kiosk.services.local_front_desk import LocalFrontDesk
from kiosk.services.start_reports import InterruptedAction, StartReport
from kiosk.services.submissions import register
from kiosk.services.tools import Tools
from kiosk.store.hands import LeftInHand
from kiosk.store.queued_operations import Recorded, Settlement
from kiosk.store.restore_reports import keep_report
from tests.factories import new_operation, operation_id, person


def front_desk(tools: Tools, *left: LeftInHand) -> LocalFrontDesk:
    return LocalFrontDesk(tools, "", left, lambda: None)


def test_after_a_normal_end_there_is_nothing_to_tell(tools: Tools) -> None:
    assert LocalFrontDesk(tools, "", None, lambda: None).start_report() is None


def test_nothing_was_under_way(tools: Tools) -> None:
    assert front_desk(tools).start_report() == StartReport(())


def test_what_was_not_recorded_never_happened(tools: Tools) -> None:
    desk = front_desk(tools, LeftInHand(operation_id(), OperationKind.RESET, None))
    told = InterruptedAction(OperationKind.RESET, None, None)
    assert desk.start_report() == StartReport((told,))


@pytest.mark.parametrize("state", ReceiptState)
def test_what_was_recorded_stands_where_it_stands_now(tools: Tools, state: ReceiptState) -> None:
    new = new_operation(person())
    recorded = tools.outbox.record(new)
    assert isinstance(recorded, Recorded)
    if state is ReceiptState.PARKED:
        tools.outbox.park(new.id, "internal", 0)
    if state is ReceiptState.DECIDED:
        tools.outbox.settle([Settlement(new.id, Outcome.ACCEPTED, None, 0)], 0)
    desk = front_desk(tools, LeftInHand(operation_id(), OperationKind.REGISTER, 1))
    told = InterruptedAction(OperationKind.REGISTER, recorded.receipt, state)
    assert desk.start_report() == StartReport((told,))


def test_once_read_it_is_not_told_again_by_this_run_or_another(
    tools: Tools, tmp_path: Path
) -> None:
    mark = tmp_path / "in-hand" / f"{operation_id().hex}.{OperationKind.RESET}"
    mark.parent.mkdir()
    mark.touch()
    engine = tools.outbox.engine
    desk = front_desk(tools, *tools.hands.left(engine))
    assert front_desk(tools, *tools.hands.left(engine)).start_report() == desk.start_report()
    with tools.hands.holding(operation_id(), OperationKind.REGISTER):
        desk.dismiss_start_report(by_staff=False)
        # What is under way now was not told.
        assert len(tools.hands.left(engine)) == 1
    assert desk.start_report() is None
    desk.note_told()
    assert tools.hands.left(engine) == ()


def test_what_was_put_right_is_told_until_staff_has_read_it(tools: Tools) -> None:
    restored = RestoreReport(1, Damage.TRUNCATED, 0, None, 5, 2, None, "quarantine/1")
    with closing(tools.outbox.engine.raw_connection()) as connection:
        driver = connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.execute("BEGIN")
        keep_report(driver, restored)
        driver.execute("COMMIT")
    desk = LocalFrontDesk(tools, "", None, lambda: None)
    assert desk.start_report() == StartReport(None, (restored,))
    assert desk.line_status().was_restored
    desk.dismiss_start_report(by_staff=False)
    assert desk.start_report() == StartReport(None, (restored,))
    desk.dismiss_start_report(by_staff=True)
    assert desk.start_report() is None
    assert not desk.line_status().was_restored


def test_what_was_sent_is_in_hand_until_the_person_has_seen_what_became_of_it(
    tools: Tools,
) -> None:
    desk = LocalFrontDesk(tools, "", None, lambda: None)
    waits = replace(tools, answer_wait_seconds=0.0)
    who = person()
    born = who.birth_date.strftime("%d/%m/%Y")
    password = "cavalo bateria grampo"
    form = RegistrationForm(who.card_number, who.cpf or "", False, born, password, password)
    assert isinstance(register(waits, form, Event()), Waiting)
    assert [one.counter for one in tools.hands.left(tools.outbox.engine)] == [1]
    desk.note_told()
    assert tools.hands.left(tools.outbox.engine) == ()
