import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, text

from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.outboxes import Outbox
from kiosk.store.running_marks import RunningMark
from tests.factories import new_operation, person


def test_a_store_is_marked_from_its_opening_to_its_clean_end(tmp_path: Path) -> None:
    mark = RunningMark(tmp_path / FILE_NAME)
    engine = open_store(tmp_path)
    assert mark.ended_uncleanly()
    assert not mark.has_lost_log()
    engine.dispose()
    assert not mark.ended_uncleanly()
    assert {one.name for one in tmp_path.iterdir()} == {FILE_NAME}


def test_the_log_stays_while_the_store_is_open_whoever_closes_last(
    store: Engine, tmp_path: Path
) -> None:
    with store.begin() as connection:
        connection.execute(text("INSERT INTO meta VALUES ('a', x'00')"))
    store.pool.dispose()
    assert (tmp_path / f"{FILE_NAME}-wal").stat().st_size > 0
    assert not RunningMark(tmp_path / FILE_NAME).has_lost_log()


def test_a_reader_from_outside_does_not_hinder_a_clean_end(tmp_path: Path) -> None:
    engine = open_store(tmp_path)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO meta VALUES ('a', x'00')"))
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM meta").fetchall()
        engine.dispose()
        assert not RunningMark(tmp_path / FILE_NAME).ended_uncleanly()
    engine = open_store(tmp_path)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT key FROM meta")).scalar() == "a"
    engine.dispose()


def test_a_second_disposal_is_no_second_end(tmp_path: Path) -> None:
    engine = open_store(tmp_path)
    engine.dispose()
    again = open_store(tmp_path)
    engine.dispose()
    assert RunningMark(tmp_path / FILE_NAME).ended_uncleanly()
    again.dispose()


def test_whoever_opens_it_first_after_a_sudden_end_takes_all_for_tried(tmp_path: Path) -> None:
    live, left = tmp_path / "live", tmp_path / "left"
    new = new_operation(person(1))
    engine = open_store(live)
    Outbox(engine, "K7Q2MT").record(new)
    # As a power cut leaves it: with the mark, and without a lease that was not on disk yet.
    shutil.copytree(live, left)
    engine.dispose()
    # A command, which ends cleanly.
    open_store(left).dispose()
    assert not RunningMark(left / FILE_NAME).ended_uncleanly()
    engine = open_store(left)
    outbox = Outbox(engine, "K7Q2MT")
    outbox.heal()
    assert not outbox.withdraw(new.id, 1)
    engine.dispose()
