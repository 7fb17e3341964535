import os
import sqlite3
import stat
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.database.damages import find_damage
from kiosk.database.keys import StoreKey
from kiosk.domain.disks import FULL_BYTES
from kiosk.domain.restorations import Damage
from kiosk.store.backups import (
    INTERVAL_SECONDS,
    KEPT,
    BackupResult,
    Backups,
    BackupThread,
    backups_of,
)
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.outboxes import Outbox
from kiosk.store.suspicions import Suspicion, suspicion_of
from tests.damages import flip, leaves_of
from tests.factories import new_operation, person
from tests.fakes import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE_NAME


@pytest.fixture
def backups(path: Path, outbox: Outbox, clock: FakeClock) -> Backups:
    return Backups(path, clock.monotonic)


def names(data_dir: Path) -> list[str]:
    return [one.name for one in backups_of(data_dir)]


def receipts_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        count: int = connection.execute("SELECT count(*) FROM receipts").fetchone()[0]
    return count


def test_the_first_is_made_at_once_and_stands_for_itself(
    backups: Backups, outbox: Outbox, tmp_path: Path
) -> None:
    outbox.record(new_operation(person()))
    assert backups.make_if_due() is BackupResult.MADE
    (made,) = backups_of(tmp_path)
    assert [one.name for one in made.parent.iterdir()] == ["device-000001.sqlite3"]
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert find_damage(made, full=True) is None
    assert receipts_in(made) == 1


def test_the_next_is_due_an_hour_later_by_no_clock_that_can_be_set(
    backups: Backups, outbox: Outbox, clock: FakeClock, tmp_path: Path
) -> None:
    backups.make_if_due()
    outbox.record(new_operation(person()))
    clock.ms += 10 * 365 * 86_400_000
    assert backups.make_if_due() is BackupResult.NOT_DUE
    clock.turn(INTERVAL_SECONDS - 1)
    assert backups.make_if_due() is BackupResult.NOT_DUE
    clock.turn(1)
    assert backups.make_if_due() is BackupResult.MADE
    assert names(tmp_path) == ["device-000002.sqlite3", "device-000001.sqlite3"]


def test_none_is_made_of_what_the_last_one_has(
    backups: Backups, clock: FakeClock, tmp_path: Path
) -> None:
    backups.make_if_due()
    clock.turn(INTERVAL_SECONDS)
    assert backups.make_if_due() is BackupResult.NOT_DUE
    assert len(backups_of(tmp_path)) == 1


def test_a_start_makes_one_only_where_something_was_recorded_since(
    path: Path, backups: Backups, outbox: Outbox, clock: FakeClock
) -> None:
    backups.make_if_due()
    assert Backups(path, clock.monotonic).make_if_due() is BackupResult.NOT_DUE
    outbox.record(new_operation(person()))
    assert Backups(path, clock.monotonic).make_if_due() is BackupResult.MADE


def test_the_newest_by_number_are_kept_whatever_the_clock_said(
    backups: Backups, outbox: Outbox, clock: FakeClock, tmp_path: Path
) -> None:
    for number in range(KEPT + 3):
        outbox.record(new_operation(person(number)))
        assert backups.make_if_due() is BackupResult.MADE
        # The later, the older they look.
        os.utime(backups_of(tmp_path)[0], (2_000_000_000 - number * 86_400,) * 2)
        clock.turn(INTERVAL_SECONDS)
    kept = names(tmp_path)
    assert len(kept) == KEPT
    assert (kept[0], kept[-1]) == ("device-000027.sqlite3", "device-000004.sqlite3")
    assert receipts_in(backups_of(tmp_path)[0]) == KEPT + 3


def test_a_damaged_last_backup_is_followed_by_another(
    path: Path, backups: Backups, clock: FakeClock, tmp_path: Path
) -> None:
    backups.make_if_due()
    backups_of(tmp_path)[0].write_bytes(b"letters " * 100)
    assert Backups(path, clock.monotonic).make_if_due() is BackupResult.MADE


def test_none_is_made_where_there_is_no_room_and_it_stays_due(
    path: Path, outbox: Outbox, clock: FakeClock, tmp_path: Path
) -> None:
    free = [FULL_BYTES]
    backups = Backups(path, clock.monotonic, free_bytes=lambda _: free[0])
    assert backups.make_if_due() is BackupResult.NO_ROOM
    assert not (tmp_path / "backups").exists()
    free[0] = FULL_BYTES * 2
    assert backups.make_if_due() is BackupResult.MADE


def test_writers_go_on_while_one_is_made_and_it_is_of_one_moment(
    outbox: Outbox, backups: Backups, tmp_path: Path
) -> None:
    outbox.record(new_operation(person(1), body=os.urandom(9_000_000)))
    looks = 0

    def write() -> bool:
        nonlocal looks
        looks += 1
        outbox.record(new_operation(person(1 + looks)))
        return False

    assert backups.make_if_due(write) is BackupResult.MADE
    assert looks > 1
    (made,) = backups_of(tmp_path)
    assert receipts_in(made) == 1
    assert outbox.counts().waiting == 1 + looks


def test_one_that_is_given_up_leaves_nothing(
    outbox: Outbox, backups: Backups, tmp_path: Path
) -> None:
    outbox.record(new_operation(person(1), body=os.urandom(9_000_000)))
    assert backups.make_if_due(lambda: True) is BackupResult.STOPPED
    assert list((tmp_path / "backups").iterdir()) == []


def test_the_half_of_one_that_a_power_cut_left_goes(
    outbox: Outbox, backups: Backups, tmp_path: Path
) -> None:
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "device-000009.part").write_bytes(b"half")
    (tmp_path / "backups" / "device-000009.part-journal").write_bytes(b"half")
    assert backups.make_if_due() is BackupResult.MADE
    assert [one.name for one in (tmp_path / "backups").iterdir()] == ["device-000001.sqlite3"]


@pytest.mark.usefixtures("expected_stumbles")
def test_a_store_whose_copy_does_not_pass_is_put_under_suspicion(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    engine = open_store(tmp_path)
    queue = Outbox(engine, "K7Q2MT")
    for number in range(100):
        queue.record(new_operation(person(number)))
    engine.dispose()
    # Behind the back of the program that runs.
    engine = open_store(tmp_path)
    flip(path, leaves_of(path, "receipts")[0])
    suspicion = Suspicion(path)
    backups = Backups(path, lambda: 0.0, suspicion=suspicion)
    assert not suspicion.is_raised()
    assert backups.make_if_due() is BackupResult.DAMAGED
    assert suspicion.is_raised()
    assert backups_of(tmp_path) == []
    assert suspicion_of(path).exists()
    assert list((tmp_path / "backups").iterdir()) == []
    engine.dispose()


def test_the_thread_makes_one_and_ends_when_told(
    store: Engine, backups: Backups, tmp_path: Path
) -> None:
    thread = BackupThread(backups, look_seconds=0.01)
    thread.stop()
    made = threading.Event()

    class Watched(Backups):
        def make_if_due(self, is_stopping: object = None) -> BackupResult:
            result = backups.make_if_due()
            made.set()
            return result

    thread = BackupThread(Watched(tmp_path / FILE_NAME, lambda: 0.0), look_seconds=3600)
    thread.start()
    assert made.wait(30)
    thread.stop()
    assert len(backups_of(tmp_path)) == 1


def test_a_check_under_way_is_given_up(
    backups: Backups, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checking = threading.Event()

    def check(
        path: Path,
        *,
        full: bool,
        begins: Callable[[sqlite3.Connection], None],
        key: StoreKey | None,
    ) -> Damage | None:
        assert full
        with closing(sqlite3.connect(path)) as connection:
            begins(connection)
            checking.set()
            connection.execute(
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT count(*) FROM n"
            ).fetchone()
        return None

    monkeypatch.setattr("kiosk.store.backups.find_damage", check)
    results: list[BackupResult] = []

    class Watched(Backups):
        def make_if_due(self, is_stopping: Callable[[], bool] = lambda: False) -> BackupResult:
            results.append(super().make_if_due(is_stopping))
            return results[-1]

    thread = BackupThread(Watched(tmp_path / FILE_NAME, lambda: 0.0), patience_seconds=60)
    thread.start()
    assert checking.wait(30)
    thread.stop()
    assert results == [BackupResult.STOPPED]
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_check_that_ends_while_the_program_does_counts_for_nothing(
    outbox: Outbox, backups: Backups, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping = threading.Event()

    def check(*_: object, **__: object) -> Damage:
        stopping.set()
        return Damage.BROKEN_PAGES

    monkeypatch.setattr("kiosk.store.backups.find_damage", check)
    assert backups.make_if_due(stopping.is_set) is BackupResult.STOPPED
    assert not suspicion_of(tmp_path / FILE_NAME).exists()
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_disk_that_answers_no_more_does_not_keep_the_program(tmp_path: Path) -> None:
    answers, asked, left = threading.Event(), threading.Event(), threading.Event()

    class Silent(Backups):
        def make_if_due(self, is_stopping: object = None) -> BackupResult:
            asked.set()
            answers.wait(30)
            left.set()
            return BackupResult.STOPPED

    thread = BackupThread(Silent(tmp_path / FILE_NAME, lambda: 0.0), patience_seconds=0.1)
    thread.start()
    assert asked.wait(30)
    thread.stop()
    assert not left.is_set()
    answers.set()
    assert left.wait(30)


@pytest.mark.usefixtures("expected_stumbles")
def test_a_disk_that_fails_once_does_not_end_the_thread(tmp_path: Path) -> None:
    looks = threading.Semaphore(0)

    class Failing(Backups):
        def make_if_due(self, is_stopping: object = None) -> BackupResult:
            looks.release()
            raise OSError(5, "Input/output error")

    thread = BackupThread(Failing(tmp_path / FILE_NAME, lambda: 0.0), look_seconds=0.001)
    thread.start()
    assert looks.acquire(timeout=30)
    assert looks.acquire(timeout=30)
    thread.stop()
