import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.domain.throttles import (
    DAY_MS,
    FREE_FAILURES,
    IDLE_MS,
    LAST_FAILURE,
    LONGEST_WAIT_MS,
    Hold,
)
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.identities import load_identity
from kiosk.store.throttles import DeviceThrottle
from tests.fakes import FakeClock

CARD, CPF = "000000000001", "52998224725"
Opened = Callable[[], DeviceThrottle]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def start(tmp_path: Path, clock: FakeClock) -> Iterator[Opened]:
    """Begin a run of the program on one data directory, again and again."""
    engines: list[Engine] = []

    def begin() -> DeviceThrottle:
        while engines:
            engines.pop().dispose()
        engines.append(open_store(tmp_path))
        return DeviceThrottle(engines[0], load_identity(engines[0]), clock.monotonic)

    yield begin
    while engines:
        engines.pop().dispose()


@pytest.fixture
def throttle(start: Opened) -> DeviceThrottle:
    return start()


def fail(throttle: DeviceThrottle, times: int, *typed: str) -> Hold | None:
    """Fail so often, and return what holds the next one."""
    for _ in range(times):
        assert throttle.begin(typed or (CARD,)).hold is None
    attempt = throttle.begin(typed or (CARD,))
    if attempt.hold is None:
        throttle.give_back(attempt)
    return attempt.hold


def test_five_are_free_and_the_sixth_makes_wait(throttle: DeviceThrottle, clock: FakeClock) -> None:
    assert fail(throttle, 5) is None
    assert fail(throttle, 1) is Hold.WAITING
    clock.turn(29.9)
    assert fail(throttle, 0) is Hold.WAITING
    clock.turn(0.1)
    assert fail(throttle, 0) is None


def test_the_device_ends_nothing_by_itself(throttle: DeviceThrottle, clock: FakeClock) -> None:
    for _ in range(2 * LAST_FAILURE):
        assert throttle.begin([CARD]).hold is None
        clock.turn(LONGEST_WAIT_MS / 1000)
    assert fail(throttle, 1) is Hold.WAITING
    clock.turn(LONGEST_WAIT_MS / 1000 - 1)
    assert fail(throttle, 0) is Hold.WAITING
    clock.turn(1)
    assert fail(throttle, 0) is None


def counted(throttle: DeviceThrottle) -> int:
    with throttle._engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM throttles").scalar() or 0)


def test_counts_that_were_left_alone_for_long_go(start: Opened, clock: FakeClock) -> None:
    throttle = start()
    throttle.begin([CARD])
    clock.turn(IDLE_MS / 1000)
    throttle.begin([CPF])
    assert counted(throttle) == 2
    # At most once a day.
    clock.turn(1)
    throttle.begin([CPF])
    assert counted(throttle) == 2
    clock.turn(DAY_MS / 1000)
    throttle.begin([CPF])
    assert counted(throttle) == 1


def test_a_count_that_is_cleared_away_has_no_wait_left(
    throttle: DeviceThrottle, clock: FakeClock
) -> None:
    for _ in range(2 * LAST_FAILURE):
        throttle.begin([CARD])
        clock.turn(LONGEST_WAIT_MS / 1000)
    throttle.begin([CARD])
    clock.turn(IDLE_MS / 1000 - 1)
    assert fail(throttle, 1) is Hold.WAITING
    # Whoever waits for the clearing gets fewer tries than whoever goes on.
    assert IDLE_MS // LONGEST_WAIT_MS > FREE_FAILURES + 1


def test_each_thing_typed_is_counted_for_itself(throttle: DeviceThrottle) -> None:
    assert fail(throttle, 6, CARD, CPF) is Hold.WAITING
    assert throttle.begin([CPF]).hold is Hold.WAITING
    assert throttle.begin(["another", CPF]).hold is Hold.WAITING
    assert throttle.begin(["another"]).hold is None


def test_a_success_forgives_its_own_alone(throttle: DeviceThrottle) -> None:
    fail(throttle, 5, CPF)
    fail(throttle, 5)
    throttle.forgive(throttle.begin([CARD]))
    assert fail(throttle, 5) is None
    assert fail(throttle, 1, CPF) is Hold.WAITING


def test_what_nobody_answered_is_no_failure(throttle: DeviceThrottle) -> None:
    for _ in range(30):
        throttle.give_back(throttle.begin([CARD]))
    assert fail(throttle, 5) is None


@pytest.mark.usefixtures("throttle")
def test_a_restart_forgives_nothing(start: Opened, clock: FakeClock) -> None:
    fail(start(), 6)
    # What was left of the wait is left: the time in between was not this program's.
    again = start()
    assert fail(again, 0) is Hold.WAITING
    clock.turn(29.9)
    assert fail(again, 0) is Hold.WAITING
    clock.turn(0.1)
    assert fail(again, 0) is None


@pytest.mark.usefixtures("throttle")
def test_after_a_reboot_the_monotonic_clock_begins_anew(start: Opened, clock: FakeClock) -> None:
    fail(start(), 6)
    clock.seconds = 0.0
    again = start()
    assert fail(again, 0) is Hold.WAITING
    clock.turn(30)
    assert fail(again, 0) is None


@pytest.mark.parametrize("shown", [0, 1_600_000_000_000, 4_000_000_000_000])
def test_no_clock_that_is_set_changes_a_wait(
    throttle: DeviceThrottle, clock: FakeClock, shown: int
) -> None:
    fail(throttle, 6)
    clock.ms = shown
    assert fail(throttle, 0) is Hold.WAITING
    clock.seconds += 30
    assert fail(throttle, 0) is None


def test_a_store_put_back_as_it_was_keeps_what_it_knew(
    throttle: DeviceThrottle, start: Opened, clock: FakeClock, tmp_path: Path
) -> None:
    fail(throttle, 6)
    with (
        closing(sqlite3.connect(tmp_path / FILE_NAME)) as store,
        closing(sqlite3.connect(tmp_path / "old.sqlite3")) as old,
    ):
        store.backup(old)
    clock.turn(30)
    assert fail(throttle, 1) is Hold.WAITING
    start()._engine.dispose()
    for file in tmp_path.glob(f"{FILE_NAME}*"):
        file.unlink()
    shutil.copy(tmp_path / "old.sqlite3", tmp_path / FILE_NAME)
    # The failure since is forgotten here, the wait before it is not.
    again = start()
    assert fail(again, 0) is Hold.WAITING
    clock.turn(30)
    assert fail(again, 1) is Hold.WAITING


def test_many_at_once_get_no_more_than_one_after_the_other(throttle: DeviceThrottle) -> None:
    allowed: list[Hold | None] = []
    start_together = threading.Barrier(16)

    def guess() -> None:
        start_together.wait()
        allowed.append(throttle.begin([CARD]).hold)

    threads = [threading.Thread(target=guess) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert allowed.count(None) == 6


def test_nothing_typed_is_kept_in_clear(throttle: DeviceThrottle, tmp_path: Path) -> None:
    fail(throttle, 3, CARD, CPF)
    kept = b"".join(file.read_bytes() for file in tmp_path.glob(f"{FILE_NAME}*"))
    assert CARD.encode() not in kept
    assert CPF.encode() not in kept


@pytest.mark.parametrize("value", [b"", b"x", b"-5", b"9" * 40])
def test_a_time_that_cannot_be_read_forgives_nothing(
    start: Opened, clock: FakeClock, tmp_path: Path, value: bytes
) -> None:
    begun = start()
    clock.turn(365 * 24 * 3600)
    fail(begun, 6)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as store:
        store.execute("UPDATE meta SET value = ? WHERE key = 'throttle_time_ms'", (value,))
        store.commit()
    again = start()
    assert fail(again, 0) is Hold.WAITING
    clock.turn(30)
    assert fail(again, 0) is None


def test_an_attempt_that_cannot_be_given_back_stays_counted(
    throttle: DeviceThrottle, tmp_path: Path
) -> None:
    attempt = throttle.begin([CARD])
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as store:
        store.execute("ALTER TABLE throttles RENAME TO elsewhere")
        throttle.give_back(attempt)
        throttle.forgive(attempt)
        store.execute("ALTER TABLE elsewhere RENAME TO throttles")
    assert fail(throttle, 5) is Hold.WAITING
