import errno
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from threading import Event, Thread

import msgspec
import pytest

from kiosk.domain import cards, cpfs
from kiosk.domain.birth_dates import BirthDateProblem
from kiosk.domain.forms import Field, FieldProblem, RegistrationForm, ResetForm
from kiosk.domain.operations import Outcome, Reason
from kiosk.domain.passwords import PasswordProblem
from kiosk.domain.people import Origin
from kiosk.services.answers import Cancelled, Decided, Held, Invalid, NoRoom, Waiting
from kiosk.services.submissions import register, reset_password
from kiosk.services.tools import Tools
from kiosk.store.account_copies import AccountCopy
from kiosk.store.disks import DiskSpace
from kiosk.store.queued_operations import NewOperation, OutboxCounts, Recorded
from kiosk.store.throttles import Attempt, DeviceThrottle
from kiosk.sync.registries import Unreachable
from kiosk.sync.workers import SyncWorker
from kiosk.wire.messages import CredentialBody
from tests.factories import cpf, person
from tests.fakes import FakeRegistry
from tests.seals import opened

GOOD = "cavalo bateria grampo"
WHO = person(1)
FORM = RegistrationForm(WHO.card_number, cpf(1), False, "24/03/1950", GOOD, GOOD)
RESET = ResetForm(WHO.card_number, cpf(1), "24/03/1950", GOOD, GOOD)


@pytest.fixture
def go() -> Event:
    return Event()


def test_a_new_person_gets_an_account(tools: Tools, registry: FakeRegistry, go: Event) -> None:
    registry.add(WHO)
    tools.worker.start()
    answer = register(tools, FORM, go)
    assert isinstance(answer, Decided)
    assert (answer.outcome, answer.reason) == (Outcome.ACCEPTED, None)
    assert registry.people["P1"].origin is Origin.APP_2024


def test_the_password_leaves_as_a_hash(tools: Tools, registry: FakeRegistry, go: Event) -> None:
    registry.add(WHO)
    tools.worker.start()
    register(tools, FORM, go)
    sent = registry.pushed[0].deliveries[0].operation
    body = msgspec.json.decode(opened(sent, tools.identity.code), type=CredentialBody)
    assert tools.hasher.verify(body.password_hash, GOOD)


def test_a_refusal_is_told_with_its_reason(tools: Tools, registry: FakeRegistry, go: Event) -> None:
    registry.add(replace(WHO, origin=Origin.APP_2024))
    tools.worker.start()
    answer = register(tools, FORM, go)
    assert isinstance(answer, Decided)
    assert answer.reason is Reason.ALREADY_REGISTERED


def test_a_person_without_cpf(tools: Tools, registry: FakeRegistry, go: Event) -> None:
    registry.add(replace(WHO, cpf=None))
    tools.worker.start()
    answer = register(tools, replace(FORM, has_no_cpf=True, cpf=""), go)
    assert isinstance(answer, Decided)
    assert answer.outcome is Outcome.ACCEPTED


def test_every_field_in_error_is_named(tools: Tools, go: Event) -> None:
    form = RegistrationForm("1", "", False, "31/02/1950", "curta", "outra")
    assert register(tools, form, go) == Invalid(
        {
            Field.CARD: FieldProblem.NOT_A_CARD,
            Field.CPF: FieldProblem.EMPTY,
            Field.BIRTH_DATE: BirthDateProblem.IMPOSSIBLE,
            Field.PASSWORD: PasswordProblem.TOO_SHORT,
            Field.CONFIRMATION: FieldProblem.DIFFERENT,
        }
    )
    assert tools.outbox.counts() == OutboxCounts(0, 0)


def test_a_reset_with_errors_does_nothing(tools: Tools, go: Event) -> None:
    answer = reset_password(tools, replace(RESET, card_or_email="?"), go)
    assert answer == Invalid({Field.CARD_OR_EMAIL: FieldProblem.NOT_CARD_OR_EMAIL})


def test_a_reset_by_card_and_by_email(tools: Tools, registry: FakeRegistry, go: Event) -> None:
    registry.add(replace(WHO, origin=Origin.PORTAL, email="Joana@Exemplo.br"))
    tools.worker.start()
    for identifier in (WHO.card_number, " joana@exemplo.BR"):
        answer = reset_password(tools, replace(RESET, card_or_email=identifier), go)
        assert isinstance(answer, Decided)
        assert answer.outcome is Outcome.ACCEPTED


def test_without_line_it_is_received_and_waits(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.failures.extend(Unreachable("ConnectError") for _ in range(99))
    tools.worker.start()
    answer = register(tools, FORM, go)
    assert isinstance(answer, Waiting)
    assert answer == Waiting(answer.receipt)
    assert tools.outbox.counts() == OutboxCounts(1, 0)


def test_a_second_wish_without_line_is_the_first_again(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.failures.extend(Unreachable("ConnectError") for _ in range(99))
    tools.worker.start()
    first = register(tools, FORM, go)
    assert isinstance(first, Waiting)
    assert register(tools, FORM, go) == Waiting(first.receipt, is_earlier=True)
    assert tools.outbox.counts() == OutboxCounts(1, 0)


def test_staff_see_a_masked_label(tools: Tools, tmp_path: Path, go: Event) -> None:
    short = replace(tools, answer_wait_seconds=0.0)
    reset_password(short, replace(RESET, card_or_email="joana@exemplo.br"), go)
    register(short, replace(FORM, has_no_cpf=True), go)
    with closing(sqlite3.connect(tmp_path / "device.sqlite3")) as connection:
        labels = [row[0] for row in connection.execute("SELECT label FROM outbox ORDER BY id")]
    assert labels == [cpfs.mask(cpf(1)), cards.mask(WHO.card_number)]


def test_cancelled_before_it_was_recorded(tools: Tools, go: Event) -> None:
    go.set()
    assert register(tools, FORM, go) == Cancelled()
    assert tools.outbox.counts() == OutboxCounts(0, 0)


def test_cancelled_before_it_was_sent(tools: Tools, go: Event) -> None:
    # The worker never starts, so the operation waits untried until the person gives up.
    answers: list[object] = []
    asking = Thread(target=lambda: answers.append(register(tools, FORM, go)))
    asking.start()
    while tools.outbox.counts().waiting == 0:
        assert asking.is_alive()
    go.set()
    asking.join()
    assert answers == [Cancelled()]
    assert tools.outbox.counts() == OutboxCounts(0, 0)


def test_cancelled_too_late(tools: Tools, registry: FakeRegistry, go: Event) -> None:
    held = Event()

    def hold() -> None:
        go.set()
        held.wait(60)

    registry.before_push = hold
    tools.worker.start()
    answer = register(tools, FORM, go)
    held.set()
    assert isinstance(answer, Waiting)
    assert answer.cancel_came_late


def test_a_store_that_fails_leaves_nobody_waiting(tools: Tools, go: Event) -> None:
    class Full(RuntimeError):
        pass

    class FullOutbox:
        def record(self, new: object) -> object:
            raise Full

    broken = replace(tools, outbox=FullOutbox())  # type: ignore[arg-type]
    with pytest.raises(Full):
        register(broken, FORM, go)
    assert tools.worker.deliveries.expected() == frozenset()


def test_a_store_that_fails_after_the_commit_takes_nothing_back(
    tools: Tools, go: Event, tmp_path: Path
) -> None:
    class FullOutbox:
        def hasten(self, behind: object = None) -> None:
            raise OSError

    (tmp_path / "elsewhere").mkdir()
    copy = AccountCopy(tmp_path / "elsewhere")
    worker = SyncWorker(
        FullOutbox(),  # type: ignore[arg-type]
        copy,
        FakeRegistry(),
        device=tools.identity.code,
        clock=tools.clock,
        pull_interval_seconds=3600,
        random=Random(1),
    )
    answer = register(replace(tools, worker=worker, answer_wait_seconds=0.0), FORM, go)
    copy.close()
    assert isinstance(answer, Waiting)
    assert tools.outbox.counts() == OutboxCounts(1, 0)


def test_passwords_are_in_no_repr() -> None:
    assert GOOD not in repr(FORM) + repr(RESET)


def test_with_a_full_disk_nothing_is_taken_in(tools: Tools, go: Event, tmp_path: Path) -> None:
    full = replace(tools, disk=DiskSpace(tmp_path, lambda _: 49_999_999))
    assert register(full, FORM, go) == NoRoom()
    assert tools.outbox.counts() == OutboxCounts(0, 0)
    low = replace(tools, disk=DiskSpace(tmp_path, lambda _: 50_000_000), answer_wait_seconds=0.0)
    assert isinstance(register(low, FORM, go), Waiting)


def test_a_disk_that_fills_in_the_middle_of_the_commit_takes_nothing_in(
    tools: Tools, go: Event
) -> None:
    class FullOutbox:
        def record(self, _new: NewOperation) -> Recorded:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

    full = replace(tools, outbox=FullOutbox())  # type: ignore[arg-type]
    assert register(full, FORM, go) == NoRoom()
    assert tools.worker.deliveries.expected() == frozenset()


WRONG = replace(RESET, birth_date="25/03/1950")


def refused_so_often(tools: Tools, registry: FakeRegistry, times: int, go: Event) -> None:
    registry.add(replace(WHO, origin=Origin.APP_2024))
    tools.worker.start()
    for _ in range(times):
        answer = reset_password(tools, WRONG, go)
        assert isinstance(answer, Decided)
        assert answer.reason is Reason.IDENTITY_MISMATCH


def test_after_six_mismatches_here_nothing_is_recorded(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    refused_so_often(tools, registry, 6, go)
    pushed = len(registry.pushed)
    assert reset_password(tools, RESET, go) == Held()
    assert register(tools, FORM, go) == Held()
    assert len(registry.pushed) == pushed
    assert tools.outbox.counts() == OutboxCounts(0, 0)


def test_a_held_person_may_leave(tools: Tools, registry: FakeRegistry, go: Event) -> None:
    refused_so_often(tools, registry, 6, go)
    go.set()
    assert reset_password(tools, RESET, go) == Cancelled()


def test_a_success_here_forgives_its_own_failures(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    refused_so_often(tools, registry, 5, go)
    answer = reset_password(tools, RESET, go)
    assert isinstance(answer, Decided)
    assert answer.outcome is Outcome.ACCEPTED
    for _ in range(5):
        assert isinstance(reset_password(tools, WRONG, go), Decided)
    assert isinstance(reset_password(tools, RESET, go), Decided)


def test_what_waits_or_is_refused_after_the_proof_is_no_failure_here(
    tools: Tools, registry: FakeRegistry, go: Event
) -> None:
    registry.add(replace(WHO, origin=Origin.APP_2024))
    tools.worker.start()
    for _ in range(8):
        answer = register(tools, FORM, go)
        assert isinstance(answer, Decided)
        assert answer.reason is Reason.ALREADY_REGISTERED


class BrokenThrottle(DeviceThrottle):
    def __init__(self, error: Exception) -> None:
        self._error = error

    def begin(self, typed: Iterable[str]) -> Attempt:
        raise self._error


def test_a_disk_that_is_full_when_an_attempt_is_counted_keeps_nothing(
    tools: Tools, go: Event
) -> None:
    full = replace(tools, throttle=BrokenThrottle(OSError(errno.ENOSPC, "full")))
    assert register(full, FORM, go) == NoRoom()
    with pytest.raises(RuntimeError):
        register(replace(tools, throttle=BrokenThrottle(RuntimeError())), FORM, go)
