import pytest
from sqlalchemy import Engine

from kiosk.database.statements import driver_of
from kiosk.registry.times import RegistryTimes
from tests.kiosk.registry.workbench import DAY_MS, START, StandingClock


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 5.0

    def __call__(self) -> float:
        return self.seconds


def told(engine: Engine, times: RegistryTimes) -> int:
    with engine.begin() as connection:
        return times.now(driver_of(connection))


def test_the_clock_is_followed_forwards(engine: Engine) -> None:
    clock = StandingClock()
    times = RegistryTimes(clock, Stopwatch())
    assert told(engine, times) == START
    clock.now += DAY_MS
    assert told(engine, times) == START + DAY_MS


@pytest.mark.parametrize("back_to", [START - 365 * DAY_MS, 0])
def test_a_clock_set_back_is_passed_over_and_time_goes_on(engine: Engine, back_to: int) -> None:
    clock, watch = StandingClock(), Stopwatch()
    times = RegistryTimes(clock, watch)
    told(engine, times)
    clock.now = back_to
    assert told(engine, times) == START
    watch.seconds += 30.0
    assert told(engine, times) == START + 30_000


def test_a_restart_after_a_clock_was_set_back_shortens_nothing(engine: Engine) -> None:
    told(engine, RegistryTimes(StandingClock(), Stopwatch()))
    watch = Stopwatch()
    again = RegistryTimes(StandingClock(START - DAY_MS), watch)
    assert told(engine, again) == START
    watch.seconds += 2.0
    assert told(engine, again) == START + 2000


def test_a_clock_once_far_ahead_does_not_stop_time(engine: Engine) -> None:
    clock, watch = StandingClock(START + 50 * 365 * DAY_MS), Stopwatch()
    times = RegistryTimes(clock, watch)
    ahead = told(engine, times)
    clock.now = START
    watch.seconds += 60.0
    assert told(engine, times) == ahead + 60_000


def test_a_glance_goes_on_from_the_last_time_that_was_noted(engine: Engine) -> None:
    clock, watch = StandingClock(), Stopwatch()
    times = RegistryTimes(clock, watch)
    assert times.glance() == START
    clock.now += DAY_MS
    assert told(engine, times) == times.glance() == START + DAY_MS
    clock.now = 0
    watch.seconds += 2.0
    assert times.glance() == START + DAY_MS + 2000


def test_two_processes_have_one_time(engine: Engine) -> None:
    clock = StandingClock()
    one, other = RegistryTimes(clock, Stopwatch()), RegistryTimes(StandingClock(0), Stopwatch())
    clock.now += 10_000
    assert told(engine, one) == told(engine, other)
