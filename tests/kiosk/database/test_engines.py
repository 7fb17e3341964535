import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from kiosk.complaints import Complaint
from kiosk.database.engines import open_sqlite, open_url, reading, sqlite_path


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
