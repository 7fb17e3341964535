import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.database.chained_tables import ChainedTable
from kiosk.domain.audit_chains import EMPTY, ORIGIN, Break, BreakKind

TABLE = ChainedTable("audit", ("at", "what"))


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "a.sqlite3", isolation_level=None)) as connection:
        connection.execute(
            "CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER, what TEXT, link BLOB NOT NULL)"
        )
        yield connection


def test_lines_follow_each_other(driver: sqlite3.Connection) -> None:
    assert TABLE.head(driver) == EMPTY
    TABLE.append(driver, [(1, "a")])
    head = TABLE.append(driver, ((number, "b") for number in range(1000)))
    assert (head.number, TABLE.head(driver)) == (1001, head)
    assert TABLE.append(driver, []) == head
    assert TABLE.verify(driver, [head]).broken is None
    assert TABLE.link_at(driver, 1001) == head.link
    assert TABLE.link_at(driver, 0) == ORIGIN
    assert TABLE.link_at(driver, 1002) is None


@pytest.mark.parametrize("statement", ["UPDATE audit SET at = 2", "DELETE FROM audit"])
def test_a_guarded_table_keeps_its_lines(driver: sqlite3.Connection, statement: str) -> None:
    TABLE.append(driver, [(1, "a")])
    for guard in TABLE.guards():
        driver.execute(guard)
    with pytest.raises(sqlite3.IntegrityError, match="only ever appended to"):
        driver.execute(statement)
    TABLE.append(driver, [(2, "b")])
    assert TABLE.verify(driver).lines == 2


def test_nothing_is_kept_from_being_recorded_by_a_link_that_the_disk_has_changed(
    driver: sqlite3.Connection,
) -> None:
    TABLE.append(driver, [(1, "a"), (2, "b")])
    driver.execute("UPDATE audit SET link = 7 WHERE id = 2")
    assert TABLE.link_at(driver, 2) is None
    TABLE.append(driver, [(3, "c")])
    assert TABLE.verify(driver).broken == Break(BreakKind.ALTERED, 2)


def test_text_that_the_disk_has_changed_is_read_and_told(driver: sqlite3.Connection) -> None:
    TABLE.append(driver, [(1, "a"), (2, "b")])
    driver.execute("UPDATE audit SET what = CAST(x'ff' AS TEXT) WHERE id = 2")
    assert TABLE.verify(driver).broken == Break(BreakKind.ALTERED, 2)
    assert driver.execute("SELECT what FROM audit WHERE id = 1").fetchone() == ("a",)


def test_what_stood_there_before_is_chained_as_it_is(driver: sqlite3.Connection) -> None:
    driver.execute("CREATE TABLE old (id INTEGER PRIMARY KEY, at INTEGER, what TEXT)")
    driver.execute("INSERT INTO old VALUES (1, 1, 'a'), (5, 2, CAST(x'ff' AS TEXT))")
    head = TABLE.chain_rows_of(driver, "old")
    assert (head.number, TABLE.head(driver)) == (5, head)
    assert TABLE.verify(driver).broken is None
    raw = driver.execute("SELECT CAST(what AS BLOB) FROM audit ORDER BY id").fetchall()
    assert raw == [(b"a",), (b"\xff",)]
