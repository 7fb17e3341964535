import threading
import time
from datetime import date

import pytest

from kiosk.clocks import SteadyClock, SystemClock, TimeMarks, local_time, monotonic_ms
from kiosk.domain.clock_errors import FLOOR, FLOOR_MS, TOLERANCE_MS, ClockError, ClockErrorKind
from tests.fakes import FakeClock

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
YEAR_MS = 365 * DAY_MS
NOW = FLOOR_MS + 200 * DAY_MS
IN_2099 = 4_080_000_000_000


class Machine(FakeClock):
    """A machine whose clock may be set, and what its program keeps on disk."""

    def __init__(self, now_ms: int = NOW) -> None:
        super().__init__(now_ms, day=None)
        self.kept: list[TimeMarks] = []

    def start(self) -> SteadyClock:
        marks = self.kept[-1] if self.kept else TimeMarks()
        return SteadyClock(self, marks, self.kept.append)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def day(ms: int) -> date:
    return local_time(ms).date()


def error(kind: ClockErrorKind, ms: int) -> ClockError:
    return ClockError(kind, ms // 1000)


def test_a_clock_that_runs_is_believed(machine: Machine) -> None:
    clock = machine.start()
    machine.turn(3 * 86_400)
    assert clock.now_ms() == NOW + 3 * DAY_MS
    assert clock.today() == day(NOW + 3 * DAY_MS)
    assert clock.error() is None
    assert clock.monotonic() == machine.seconds


@pytest.mark.parametrize("wrong", [0, NOW - YEAR_MS, NOW - DAY_MS])
def test_set_back_the_day_stays_and_it_is_told(machine: Machine, wrong: int) -> None:
    clock = machine.start()
    assert clock.today() == day(NOW)
    machine.ms = wrong
    assert clock.today() == day(NOW)
    assert clock.error() == error(ClockErrorKind.BEFORE_LAST_SEEN, NOW - wrong)
    assert clock.now_ms() == wrong


def test_a_small_correction_is_no_error(machine: Machine) -> None:
    clock = machine.start()
    clock.now_ms()
    machine.ms -= TOLERANCE_MS
    assert clock.error() is None


def test_a_new_machine_in_1970_knows_that_it_is_later(machine: Machine) -> None:
    machine.ms = 12_000
    clock = machine.start()
    assert clock.today() >= FLOOR
    assert clock.error() == error(ClockErrorKind.BEFORE_LAST_SEEN, FLOOR_MS - 12_000)


def test_the_highest_time_is_known_after_a_start(machine: Machine) -> None:
    machine.start().keep_if_due()
    machine.ms = 12_000
    machine.seconds = 3.0
    clock = machine.start()
    assert clock.today() == day(NOW)
    assert clock.error() == error(ClockErrorKind.BEFORE_LAST_SEEN, NOW - 12_000)


@pytest.mark.parametrize(
    ("ahead", "kind"), [(YEAR_MS, ClockErrorKind.AHEAD), (-YEAR_MS, ClockErrorKind.BEHIND)]
)
def test_the_registry_tells_how_wrong_a_clock_is(
    machine: Machine, ahead: int, kind: ClockErrorKind
) -> None:
    clock = machine.start()
    machine.ms = NOW + ahead
    clock.hear(NOW, 2.0)
    off = abs(ahead - 1000)
    assert clock.error() == error(kind, off)
    assert clock.today() == day(NOW)


def test_a_clock_set_right_is_right_without_another_word(machine: Machine) -> None:
    clock = machine.start()
    machine.ms = NOW + YEAR_MS
    clock.hear(NOW, 0.0)
    machine.turn(7200)
    assert clock.error() is not None
    machine.ms = NOW + 2 * HOUR_MS
    assert clock.error() is None


def test_a_clock_set_forward_without_line_is_found_out(machine: Machine) -> None:
    clock = machine.start()
    clock.hear(NOW, 0.0)
    machine.turn(7200)
    machine.ms += YEAR_MS
    assert clock.error() == error(ClockErrorKind.AHEAD, YEAR_MS)
    assert clock.today() == day(NOW + 2 * HOUR_MS)
    machine.turn(48 * 3600)
    assert clock.today() == day(NOW + 50 * HOUR_MS)


def test_the_registrys_word_takes_back_a_poisoned_time(machine: Machine) -> None:
    clock = machine.start()
    machine.ms = IN_2099
    assert clock.today() == day(IN_2099)
    clock.keep_if_due()
    machine.ms = NOW
    assert machine.start().error() == error(ClockErrorKind.BEFORE_LAST_SEEN, IN_2099 - NOW)
    clock.hear(NOW, 0.0)
    assert (clock.error(), clock.today()) == (None, day(NOW))
    clock.keep_if_due()
    assert machine.kept[-1] == TimeMarks(NOW, 0)
    assert machine.start().error() is None


def test_a_clock_that_was_ahead_is_ahead_after_a_start_too(machine: Machine) -> None:
    machine.ms = NOW + YEAR_MS
    clock = machine.start()
    clock.hear(NOW, 0.0)
    clock.keep_if_due()
    machine.turn(3600)
    machine.seconds = 1.0
    again = machine.start()
    assert again.error() == error(ClockErrorKind.AHEAD, YEAR_MS)
    assert again.today() == day(NOW + HOUR_MS)
    machine.ms = NOW + 2 * HOUR_MS
    assert machine.start().error() is None


@pytest.mark.parametrize(
    ("registry", "round_trip"), [(NOW - YEAR_MS, 31.0), (5_000, 0.0), (FLOOR_MS - 1, 0.0)]
)
def test_a_word_that_tells_nothing_is_passed_over(
    machine: Machine, registry: int, round_trip: float
) -> None:
    clock = machine.start()
    clock.hear(registry, round_trip)
    assert clock.error() is None
    clock.keep_if_due()
    assert machine.kept == [TimeMarks(NOW, None)]


def test_it_is_kept_once_a_minute_and_where_it_is_news(machine: Machine) -> None:
    clock = machine.start()
    for _ in range(10):
        clock.keep_if_due()
    assert len(machine.kept) == 1
    machine.turn(59)
    clock.keep_if_due()
    assert len(machine.kept) == 1
    machine.turn(2)
    clock.keep_if_due()
    assert machine.kept[-1] == TimeMarks(NOW + 61_000, None)
    clock.hear(machine.ms - HOUR_MS, 0.0)
    clock.keep_if_due()
    assert machine.kept[-1].skew_ms == HOUR_MS
    clock.hear(machine.ms - HOUR_MS + 1000, 0.0)
    clock.keep_if_due()
    assert len(machine.kept) == 3


def test_many_threads_may_ask(machine: Machine) -> None:
    clock = machine.start()

    def ask() -> None:
        for _ in range(200):
            clock.hear(NOW, 0.0)
            clock.today()
            clock.error()
            clock.keep_if_due()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.error() is None
    assert len(machine.kept) <= 2


@pytest.mark.parametrize("shown", [-5 * YEAR_MS, 10**18])
def test_a_time_that_nobody_could_write_down_is_bounded(
    monkeypatch: pytest.MonkeyPatch, shown: int
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: shown * 1_000_000)
    clock = SystemClock()
    assert 0 <= clock.now_ms() < 253_402_300_800_000
    assert clock.today().year in (1969, 1970, 9998, 9999)


def test_the_machines_own_clock_is_believed() -> None:
    clock = SystemClock()
    before = monotonic_ms(clock)
    clock.hear(5, 0.0)
    assert clock.error() is None
    assert clock.today() == local_time(clock.now_ms()).date()
    assert monotonic_ms(clock) >= before
