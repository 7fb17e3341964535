"""Statements that go straight to the driver.

Put together anew each time, a statement of Core takes many times what SQLite needs for a row. Where
that counts, it is built once, from the same tables, and given to the driver as text.
"""

import sqlite3
from typing import cast

from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.elements import ClauseElement

_NAMED = sqlite.dialect(paramstyle="named")
_IN_ORDER = sqlite.dialect(paramstyle="qmark")


def driver_of(connection: Connection) -> sqlite3.Connection:
    """Return the driver's own connection; what it does belongs to the same transaction."""
    return cast("sqlite3.Connection", connection.connection.driver_connection)


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
