import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from kiosk.complaints import Complaint
from kiosk.database.engines import open_sqlite, open_url, reading, sqlite_path, writing


@pytest.mark.parametrize(
    "url", ["", "no address", "postgresql://h/d", "sqlite://", "sqlite:///:memory:"]
)
def test_an_address_that_is_no_file_is_said_in_one_line(url: str) -> None:
    with pytest.raises(Complaint, match="sqlite:///"):
        sqlite_path(url)


def test_a_file_address(tmp_path: Path) -> None:
    engine = open_url(f"sqlite:///{tmp_path / 'a b.sqlite3'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (a INTEGER)"))
    engine.dispose()
    assert (tmp_path / "a b.sqlite3").exists()


def test_writers_queue_and_readers_do_not_wait(tmp_path: Path) -> None:
    engine = open_sqlite(tmp_path / "a.sqlite3")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (a INTEGER)"))

    def count() -> object:
        with reading(engine).connect() as connection:
            return connection.execute(text("SELECT count(*) FROM t")).scalar()

    def add() -> None:
        for _ in range(20):
            with engine.begin() as connection:
                known = connection.execute(text("SELECT count(*) FROM t")).scalar()
                connection.execute(text("INSERT INTO t VALUES (:a)"), {"a": known})

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO t VALUES (-1)"))
        assert count() == 80
    with reading(engine).connect() as connection:
        values = connection.execute(text("SELECT DISTINCT a FROM t WHERE a >= 0")).all()
    assert len(values) == 80
    engine.dispose()


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    engine = open_sqlite(tmp_path / "a.sqlite3")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (a INTEGER)"))

    def fail_half_way() -> None:
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO t VALUES (1)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    with reading(engine).connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar() == 0
    engine.dispose()


def test_the_drivers_transaction_keeps_other_writers_out_and_is_kept(tmp_path: Path) -> None:
    engine = open_sqlite(tmp_path / "a.sqlite3")
    with writing(engine) as driver:
        driver.execute("CREATE TABLE t (a INTEGER)")

    def add() -> None:
        for _ in range(20):
            with writing(engine) as driver:
                (known,) = driver.execute("SELECT count(*) FROM t").fetchone()
                driver.execute("INSERT INTO t VALUES (?)", (known,))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine).connect() as connection:
        assert len(connection.execute(text("SELECT DISTINCT a FROM t")).all()) == 80
    engine.dispose()


def test_what_fails_in_the_drivers_transaction_leaves_nothing(tmp_path: Path) -> None:
    engine = open_sqlite(tmp_path / "a.sqlite3")
    with writing(engine) as driver:
        driver.execute("CREATE TABLE t (a INTEGER NOT NULL)")
    with pytest.raises(sqlite3.IntegrityError), writing(engine) as driver:
        driver.executemany("INSERT INTO t VALUES (?)", [(1,), (None,)])
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar() == 0
    engine.dispose()


def test_a_commit_that_fails_leaves_no_transaction_open(tmp_path: Path) -> None:
    engine = open_sqlite(tmp_path / "a.sqlite3")
    with writing(engine) as driver:
        driver.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
        driver.execute("CREATE TABLE u (a INTEGER REFERENCES t (a) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(sqlite3.IntegrityError), writing(engine) as driver:
        driver.execute("INSERT INTO u VALUES (7)")
    with writing(engine) as driver:
        assert driver.execute("SELECT count(*) FROM u").fetchone() == (0,)
    engine.dispose()
