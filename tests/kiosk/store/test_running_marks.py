import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine, text

from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.running_marks import RunningMark


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
