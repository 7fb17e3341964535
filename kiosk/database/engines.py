"""Engines: one way to open a database file, for the device's store and the embedded registry."""

import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry, Pool, QueuePool

from kiosk.complaints import Complaint
from kiosk.database.damages import is_damage
from kiosk.database.drivers import connect, module_of
from kiosk.database.keys import StoreKey

BUSY_TIMEOUT_MS = 10_000
_CACHE_KIB = 65_536
# Four times what SQLite would take: pages that many commits write anew, those of indexes above all,
# are brought into the file so much more seldom.
_LOG_PAGES = 4_000
# Where a database is held, SQLite sleeps for milliseconds and looks again. The threads of one
# program wait for each other here instead, and go on at once.
_turns: WeakKeyDictionary[Pool, threading.Lock] = WeakKeyDictionary()


def open_sqlite(path: Path, key: StoreKey | None = None) -> Engine:
    """Open a database file so that what was committed is on disk.

    Write-ahead log with ``synchronous=FULL``: a commit returns after its fsync. ``engine.begin()``
    takes the write lock at once (BEGIN IMMEDIATE), so two writers queue and never deadlock;
    ``reading(engine).connect()`` reads beside them without it.

    Args:
        path: The file; its folder must exist.
        key: Under which it is encrypted; None for a plain one.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=12,
        module=module_of(key),
        creator=lambda: connect(path, key, timeout=BUSY_TIMEOUT_MS / 1000, check_same_thread=False),
        # Values are people's data, and the text of an error may reach a log.
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    if key is not None:
        event.listen(engine, "checkin", _leave_spoilt)
    return engine


def url_of(path: Path) -> str:
    """Return the address of a database file, whatever letters its name is made of."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def open_url(url: str) -> Engine:
    """Open the database an address names.

    Raises:
        Complaint: The address is not one of an SQLite file.
    """
    return open_sqlite(sqlite_path(url))


def sqlite_path(url: str) -> Path:
    """Return the file behind ``sqlite:///FILE``.

    Raises:
        Complaint: The address is not one of an SQLite file.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise Complaint(
            f"O endereço de banco “{url}” não foi entendido. Use sqlite:///CAMINHO/arquivo.sqlite3.",
            2,
        ) from None
    if (
        parsed.get_backend_name() != "sqlite"
        or not parsed.database
        or parsed.database == ":memory:"
    ):
        raise Complaint(
            "Esta versão guarda o cadastro central em arquivo SQLite. "
            "Use --database sqlite:///CAMINHO/arquivo.sqlite3.",
            2,
        )
    return Path(str(parsed.database))


def reading(engine: Engine) -> Engine:
    """Return the same engine for transactions that only read, which wait for no writer."""
    return engine.execution_options(only_reads=True)


def _prepare_connection(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not open transactions of its own: BEGIN is said by _begin alone.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        f"cache_size=-{_CACHE_KIB}",
        f"wal_autocheckpoint={_LOG_PAGES}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _leave_spoilt(_connection: object, record: ConnectionPoolEntry) -> None:
    """Close a connection on which a page was found damaged: it would read none of the others."""
    error = sys.exc_info()[1]
    if error is not None and is_damage(error):
        record.invalidate(soft=True)


def _begin(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get("only_reads", False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[sqlite3.Connection]:
    """Yield the driver's connection in a transaction of its own, which is on disk afterwards.

    As ``engine.begin()``, for the paths on which a person waits: what SQLAlchemy does around a
    transaction takes longer than SQLite does for a row. What fails raises the driver's own error.
    """
    pooled = engine.pool.connect()
    turn = _turns.setdefault(engine.pool, threading.Lock())
    # Whoever gets no turn in time is told so by BEGIN.
    has_turn = turn.acquire(timeout=BUSY_TIMEOUT_MS / 1000)
    try:
        driver = cast("sqlite3.Connection", pooled.driver_connection)
        driver.execute("BEGIN IMMEDIATE")
        try:
            yield driver
            driver.commit()
        except BaseException:
            # A commit that failed may have left it open, for whoever comes next.
            driver.rollback()
            raise
    finally:
        if has_turn:
            turn.release()
        pooled.close()
