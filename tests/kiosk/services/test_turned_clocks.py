"""Clocks that are set back, set forward or begin in 1970, under the real queue and services."""

from collections.abc import Callable
from dataclasses import replace
from threading import Condition, Event

import pytest

from kiosk.clocks import Clock, SteadyClock, TimeMarks, monotonic_ms
from kiosk.domain.clock_errors import FLOOR_MS, ClockErrorKind
from kiosk.domain.forms import RegistrationForm, ResetForm
from kiosk.services.answers import Decided, Invalid, LineStatus, Waiting
from kiosk.services.local_front_desk import LocalFrontDesk
from kiosk.services.submissions import register, reset_password
from kiosk.services.tools import Tools
from kiosk.store.rounds import LEASE_MS
from kiosk.sync.registries import Unreachable
from tests.factories import cpf, new_operation, person
from tests.fakes import FakeClock, FakeRegistry

DAY_MS = 86_400_000
YEAR_MS = 365 * DAY_MS
NOW = FLOOR_MS + 200 * DAY_MS
TURNED = {"1970": 12_000, "back a year": NOW - YEAR_MS, "forward a year": NOW + YEAR_MS}
GOOD = "cavalo bateria grampo"
PATIENCE = 60.0
NEVER = Event()


@pytest.fixture
def machine() -> FakeClock:
    return FakeClock(NOW, day=None)


@pytest.fixture
def clock(machine: FakeClock) -> Clock:
    return SteadyClock(machine, TimeMarks(NOW), lambda _marks: None)


@pytest.fixture
def registry(machine: FakeClock) -> FakeRegistry:
    """One whose clock is right, whatever the machine's shows."""
    began = machine.seconds
    return FakeRegistry(clock=lambda: NOW + int((machine.seconds - began) * 1000))


@pytest.fixture
def hasty(tools: Tools) -> Tools:
    """Tools with which nobody waits for an answer."""
    return replace(tools, answer_wait_seconds=0.0)


@pytest.fixture
def front_desk(tools: Tools) -> LocalFrontDesk:
    return LocalFrontDesk(tools, "", None, lambda: None)


class Watched:
    """Waits until a status fits; each of them is looked at when the worker tells it."""

    def __init__(self, desk: LocalFrontDesk) -> None:
        self._changed = Condition()
        self._last: LineStatus | None = None
        desk.watch_line(self._note)

    def until(self, fits: Callable[[LineStatus], bool]) -> LineStatus:
        with self._changed:
            assert self._changed.wait_for(lambda: self._last is not None and fits(self._last), 10)
            assert self._last is not None
            return self._last

    def _note(self, status: LineStatus) -> None:
        with self._changed:
            self._last = status
            self._changed.notify_all()


def registration(number: int, born: str = "24/03/1950") -> RegistrationForm:
    return RegistrationForm(person(number).card_number, cpf(number), False, born, GOOD, GOOD)


def reset(number: int) -> ResetForm:
    return ResetForm(person(number).card_number, cpf(number), "24/03/1950", GOOD, GOOD)


@pytest.mark.parametrize("first", TURNED)
@pytest.mark.parametrize("then", TURNED)
def test_no_order_changes(
    hasty: Tools,
    front_desk: LocalFrontDesk,
    registry: FakeRegistry,
    machine: FakeClock,
    first: str,
    then: str,
) -> None:
    registry.add(person(1))
    registry.add(person(2))
    assert isinstance(register(hasty, registration(1), NEVER), Waiting)
    machine.ms = TURNED[first]
    assert isinstance(reset_password(hasty, reset(1), NEVER), Waiting)
    machine.ms = TURNED[then]
    assert isinstance(register(hasty, registration(2), NEVER), Waiting)
    watched = Watched(front_desk)
    hasty.worker.start()
    watched.until(lambda status: status.waiting == 0)
    sent = [one.operation.sequence for asked in registry.pushed for one in asked.deliveries]
    assert sent == [1, 2, 3]
    assert len(registry.effects) == 3


@pytest.mark.parametrize("turned", TURNED)
def test_no_lease_and_no_wait_ends_early_or_late(
    tools: Tools, machine: FakeClock, clock: Clock, turned: str
) -> None:
    outbox = tools.outbox
    claimed, told_to_wait = new_operation(person(1)), new_operation(person(2))
    for new in (told_to_wait, claimed):
        outbox.record(new)

    def claim() -> list[object]:
        return [one.id for one in outbox.claim(monotonic_ms(clock), limit=9, max_bytes=9**9)]

    claim()
    outbox.release([told_to_wait.id], error="x", not_before=monotonic_ms(clock) + 2 * LEASE_MS)
    machine.ms = TURNED[turned]
    assert claim() == []
    assert outbox.next_free_at(monotonic_ms(clock)) == monotonic_ms(clock) + LEASE_MS
    machine.turn(LEASE_MS / 1000)
    assert claim() == [claimed.id]
    machine.turn(LEASE_MS / 1000)
    assert claim() == [told_to_wait.id, claimed.id]


@pytest.mark.parametrize("turned", TURNED)
def test_somebody_born_in_1986_registers(
    tools: Tools, registry: FakeRegistry, machine: FakeClock, turned: str
) -> None:
    machine.ms = TURNED[turned]
    registry.add(person(1, birth_date=person(1).birth_date.replace(year=1986)))
    tools.worker.start()
    answer = register(tools, registration(1, "24/03/1986"), NEVER)
    assert isinstance(answer, Decided)
    assert answer.outcome == "accepted"


def test_the_machines_own_clock_would_have_refused_them(tools: Tools, machine: FakeClock) -> None:
    machine.ms = TURNED["1970"]
    believing = replace(tools, clock=machine)
    assert isinstance(register(believing, registration(1, "24/03/1986"), NEVER), Invalid)


def test_the_status_says_that_the_clock_is_wrong(
    tools: Tools, front_desk: LocalFrontDesk, registry: FakeRegistry, machine: FakeClock
) -> None:
    assert front_desk.line_status().clock_error is None
    machine.ms = TURNED["1970"]
    before = front_desk.line_status().clock_error
    assert before is not None
    assert before.kind is ClockErrorKind.BEFORE_LAST_SEEN
    watched = Watched(front_desk)
    tools.worker.start()
    told = watched.until(lambda status: status.is_online is True)
    assert told.clock_error is not None
    assert told.clock_error.kind is ClockErrorKind.BEHIND
    machine.ms = NOW
    assert front_desk.line_status().clock_error is None
    machine.ms = TURNED["forward a year"]
    ahead = front_desk.line_status().clock_error
    assert ahead is not None
    assert ahead.kind is ClockErrorKind.AHEAD
    assert front_desk.today().year == TODAY.year


TODAY = SteadyClock(FakeClock(NOW), TimeMarks(NOW), lambda _marks: None).today()


@pytest.mark.parametrize("turned", TURNED)
def test_no_nonsense_is_shown_of_when_the_line_was_lost(
    tools: Tools,
    front_desk: LocalFrontDesk,
    registry: FakeRegistry,
    machine: FakeClock,
    turned: str,
) -> None:
    watched = Watched(front_desk)
    tools.worker.start()
    watched.until(lambda status: status.is_online is True)
    registry.failures.extend([Unreachable("ConnectError")] * 99)
    machine.ms = TURNED[turned]
    front_desk.try_now()
    lost = watched.until(lambda status: status.is_online is False)
    assert (lost.offline_since, lost.clock_error is None) == (None, False)
    machine.turn(3600)
    machine.ms = NOW + 3_600_000
    since = front_desk.line_status().offline_since
    assert since is not None
    assert abs(since.timestamp() * 1000 - NOW) < 60_000
