from threading import Event, Thread

import pytest

from kiosk.clocks import SystemClock
from kiosk.domain.forms import ReceiptQuery, RegistrationForm, ResetForm, SignInForm
from kiosk.domain.gates import Gate
from kiosk.domain.operations import OperationKind
from kiosk.domain.passwords import OwnData
from kiosk.domain.strengths import StrengthLevel
from kiosk.services.answers import Invalid, LineStatus, ReleaseForm
from kiosk.services.front_desk import FrontDesk
from kiosk.services.local_front_desk import LocalFrontDesk
from kiosk.services.queue_answers import ActTooLate
from kiosk.services.tools import Tools
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import OutboxCounts
from kiosk.sync.registries import Unreachable
from kiosk.wire.messages import SealingKeyRequest
from tests.factories import new_operation, person
from tests.fakes import FakeRegistry


@pytest.fixture
def closed() -> list[str]:
    return []


@pytest.fixture
def front_desk(tools: Tools, closed: list[str]) -> FrontDesk:
    return LocalFrontDesk(tools, "Fale Conosco", None, lambda: closed.append("once"))


def test_every_service_is_behind_the_door(front_desk: FrontDesk) -> None:
    go = Event()
    empty = RegistrationForm("", "", False, "", "", "")
    assert isinstance(front_desk.register(empty, go), Invalid)
    assert isinstance(front_desk.reset_password(ResetForm("", "", "", "", ""), go), Invalid)
    assert front_desk.gate_of() is Gate.MANUAL
    assert isinstance(front_desk.request_email_code(empty, go), Invalid)
    assert front_desk.kiosks_here() == ()
    nobody = ReleaseForm("BBBBBB", OperationKind.RESET, "")
    assert isinstance(front_desk.give_release_code(nobody), Invalid)
    assert isinstance(front_desk.sign_in(SignInForm("", ""), go), Invalid)
    assert isinstance(front_desk.query_receipt(ReceiptQuery("", "")), Invalid)
    assert front_desk.queue_page(None, parked=False).entries == ()
    assert front_desk.ledger_page(None).entries == ()
    assert front_desk.find_in_queue("nenhum") is None
    assert front_desk.send_again("nenhum") == ActTooLate()
    assert front_desk.hand_over("nenhum", "veja") == ActTooLate()
    assert front_desk.withdraw("nenhum", "engano") == ActTooLate()
    assert front_desk.password_strength("curta", OwnData()).level is StrengthLevel.WEAK
    assert front_desk.rules.min_password_length == 8
    assert front_desk.portal_contact == "Fale Conosco"
    clock = SystemClock()
    assert clock.today() <= front_desk.today() <= clock.today()


def test_the_line_before_anything_is_known(front_desk: FrontDesk) -> None:
    assert front_desk.line_status() == LineStatus(None, None, 0, 0)


def test_a_store_found_damaged_asks_for_a_restart(front_desk: FrontDesk, tools: Tools) -> None:
    tools.suspicion.set()
    assert front_desk.line_status() == LineStatus(None, None, 0, 0, needs_restart=True)


def test_a_strange_registry_is_told_at_the_foot(
    front_desk: FrontDesk, tools: Tools, expected_stumbles: None
) -> None:
    stranger = FakeRegistry().sealing_key(SealingKeyRequest(device=tools.identity.code))
    assert not tools.keys.learn(stranger)
    assert front_desk.line_status() == LineStatus(None, None, 0, 0, is_registry_strange=True)


def test_the_line_is_told_as_it_changes(
    front_desk: FrontDesk, tools: Tools, registry: FakeRegistry
) -> None:
    registry.failures.extend([Unreachable("x")] * 2)
    told = Event()
    heard: list[LineStatus] = []

    def hear(status: LineStatus) -> None:
        heard.append(status)
        if status.is_online:
            told.set()

    tools.outbox.record(new_operation(person(), device=tools.identity.code))
    front_desk.watch_line(hear)
    tools.worker.start()
    assert told.wait(60)
    assert heard[0] == LineStatus(None, None, waiting=1, parked=0)
    lost = next(status for status in heard if status.is_online is False)
    assert lost.offline_since is not None
    assert lost.waiting == 1
    assert heard[-1].offline_since is None


def test_the_status_says_that_this_machine_is_not_let_in(
    front_desk: FrontDesk, tools: Tools, registry: FakeRegistry
) -> None:
    registry.revoked.add(tools.identity.code)
    told = Event()
    front_desk.watch_line(lambda status: told.set() if status.is_refused else None)
    tools.worker.start()
    assert told.wait(10.0)
    registry.revoked.clear()
    let_in = Event()
    front_desk.watch_line(lambda status: None if status.is_refused else let_in.set())
    front_desk.try_now()
    assert let_in.wait(10.0)


def test_an_older_status_never_comes_after_a_newer(
    front_desk: FrontDesk, tools: Tools, registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.failures.extend([Unreachable("x")] * 99)
    heard: list[int] = []
    counting, newer = Event(), Event()
    count = Outbox.counts

    def slow_at_first(outbox: Outbox) -> OutboxCounts:
        counted = count(outbox)
        if not counting.is_set():
            counting.set()
            newer.wait(0.5)
        return counted

    def hear(status: LineStatus) -> None:
        heard.append(status.waiting)
        if status.waiting:
            newer.set()

    monkeypatch.setattr(Outbox, "counts", slow_at_first)
    watching = Thread(target=front_desk.watch_line, args=(hear,))
    watching.start()
    assert counting.wait(60)
    tools.outbox.record(new_operation(person(), device=tools.identity.code))
    tools.worker.start()
    watching.join()
    assert newer.wait(60)
    assert heard == sorted(heard)


def test_try_now_wakes_the_worker(
    front_desk: FrontDesk, tools: Tools, registry: FakeRegistry
) -> None:
    told = Event()
    tools.worker.watch(lambda: told.set() if registry.pulls == 2 else front_desk.try_now())
    tools.worker.start()
    assert told.wait(60)


def test_closing(front_desk: FrontDesk, closed: list[str]) -> None:
    front_desk.close()
    assert closed == ["once"]
