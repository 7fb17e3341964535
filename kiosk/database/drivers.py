"""The drivers of a database file: SQLCipher's where there is a key, else SQLite's own.

Both have the same form, and nothing in common: the errors of the one are not those of the other.
Whoever catches one catches both, by the names here. A file is opened by one of the two only in a
process, since each would give the other's locks on it back to the system.
"""

import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from sqlcipher3 import dbapi2 as sqlcipher

from kiosk.database.keys import StoreKey

ERRORS = (sqlite3.Error, sqlcipher.Error)
DATABASE_ERRORS = (sqlite3.DatabaseError, sqlcipher.DatabaseError)
OPERATIONAL_ERRORS = (sqlite3.OperationalError, sqlcipher.OperationalError)
INTEGRITY_ERRORS = (sqlite3.IntegrityError, sqlcipher.IntegrityError)
PROGRAMMING_ERRORS = (sqlite3.ProgrammingError, sqlcipher.ProgrammingError)


def connect(
    path: Path | str,
    key: StoreKey | None = None,
    *,
    timeout: float = 5.0,
    uri: bool = False,
    isolation_level: str | None = "",
    check_same_thread: bool = True,
) -> sqlite3.Connection:
    """Open a database file.

    Args:
        path: The file, or its URI.
        key: Under which it is encrypted; None for a plain one.
        timeout: Seconds to wait for another connection.
        uri: The path is a URI.
        isolation_level: When the driver begins transactions of its own; None for never.
        check_same_thread: Only the thread that opened it may use it.
    """
    driver = sqlite3 if key is None else sqlcipher
    connection = cast(
        "sqlite3.Connection",
        driver.connect(
            path,
            timeout=timeout,
            uri=uri,
            isolation_level=cast("Any", isolation_level),
            check_same_thread=check_same_thread,
        ),
    )
    if key is not None:
        # It would write what it finds of damage to the program's standard error.
        connection.execute("PRAGMA cipher_log_level=NONE")
        connection.execute(f'PRAGMA key="{key.specification}"')
    return connection


def module_of(key: StoreKey | None) -> ModuleType:
    """Return the driver itself, for SQLAlchemy.

    Args:
        key: As for ``connect``.
    """
    return cast("ModuleType", sqlite3 if key is None else sqlcipher)


def attach(connection: sqlite3.Connection, path: Path, name: str, key: StoreKey | None) -> None:
    """Open a second file beside the first of a connection.

    Args:
        connection: In no transaction.
        path: The file.
        name: What its tables are found under: a word of this program's own.
        key: Of the second; None for a plain one.
    """
    # Without a word on the key, the second would be opened with that of the first.
    given = "" if key is None else key.specification
    connection.execute(f"ATTACH ? AS {name} KEY ?", (str(path), given))
