"""Statements that go straight to the driver.

Put together anew each time, a statement of Core takes many times what SQLite needs for a row. Where
that counts, it is built once, from the same tables, and given to the driver as text.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.sql.elements import ClauseElement

from kiosk.database.drivers import OPERATIONAL_ERRORS

# A database that is held, full, not writable or not readable: the driver's word for it, which
# SQLAlchemy wraps where the statement was its own.
DATABASE_FAILURES = (*OPERATIONAL_ERRORS, OperationalError)
_NAMED = sqlite.dialect(paramstyle="named")
_IN_ORDER = sqlite.dialect(paramstyle="qmark")


def driver_of(connection: Connection) -> sqlite3.Connection:
    """Return the driver's own connection; what it does belongs to the same transaction."""
    return cast("sqlite3.Connection", connection.connection.driver_connection)


@contextmanager
def reading_odd_text(driver: sqlite3.Connection, errors: str) -> Iterator[None]:
    """Let no text that the disk has changed end the reading of all other rows.

    Args:
        driver: The driver's connection; it may be a pooled one, and is left as it was.
        errors: What becomes of such text: ``replace`` where it is shown, ``surrogateescape`` where
            it must not pass for what was recorded.
    """
    before = driver.text_factory
    driver.text_factory = lambda raw: raw.decode(errors=errors)
    try:
        yield
    finally:
        driver.text_factory = before


def driver_sql(statement: ClauseElement, *columns: str) -> str:
    """Return a statement as the driver takes it, with named parameters.

    Args:
        statement: Built with Core.
        columns: Of an insert, those that are given.
    """
    return str(statement.compile(dialect=_NAMED, column_keys=columns or None))


def sql_in_order(statement: ClauseElement, *parameters: str) -> str:
    """Return a statement as the driver takes it, for tuples of parameters in this order.

    Raises:
        ValueError: It takes them in another order.
    """
    compiled = statement.compile(dialect=_IN_ORDER, column_keys=parameters)
    if compiled.positiontup != list(parameters):  # type: ignore[attr-defined]
        raise ValueError(f"the order is {compiled.positiontup}")  # type: ignore[attr-defined]
    return str(compiled)


def insert_sql(table: Table, *without: str) -> str:
    """Return the insert of whole rows, for tuples in the order of the table's columns.

    Args:
        table: Where to.
        without: Columns that the database fills in.
    """
    columns = (column.name for column in table.columns if column.name not in without)
    return sql_in_order(insert(table), *columns)
