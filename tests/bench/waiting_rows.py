"""Rows that wait in a device's store, by the million, put there without the product's hands."""

import os
import sqlite3
from contextlib import closing
from itertools import islice
from pathlib import Path

from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.identities import load_identity
from kiosk.store.outboxes import Outbox
from tests.bench.accepted_actions import operations

# What tells one row from the next; everything else is as in the row that was recorded.
_OWN = {
    "receipts": {"counter": "number", "operation": "growing(number)"},
    "outbox": {
        "sequence": "number",
        "id": "growing(number)",
        "subject": "randomblob(32)",
        "receipt": "printf('K7Q2MT-%04d-B', number)",
    },
    "audit": {"id": "number", "operation": "growing(number)"},
}
_COPY = (
    "WITH RECURSIVE numbers(number) AS"
    " (SELECT 2 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?)"
    " INSERT INTO {table} ({columns}) SELECT {values} FROM numbers, (SELECT * FROM {table})"
)


def fill(folder: Path, count: int) -> None:
    """Make a store in which operations of as many people wait.

    The first is recorded by the product, so that whatever its schema asks for is there; the others
    are that row again, each with its own number, id and person. What is measured afterwards looks
    at indexes and counts, and sends none of them.

    Args:
        folder: The data directory.
        count: At least one.
    """
    engine = open_store(folder)
    try:
        outbox = Outbox(engine, load_identity(engine).code)
        for first in islice(operations(), 1):
            outbox.record(first)
    finally:
        engine.dispose()
    path = folder / FILE_NAME
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.create_function(
            "growing", 1, lambda number: number.to_bytes(16, "big"), deterministic=True
        )
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-262144"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        found = connection.execute(
            "SELECT tbl_name, name, sql FROM sqlite_schema WHERE type = 'index' AND sql NOT NULL"
        ).fetchall()
        indexes = [(name, sql) for table, name, sql in found if table in _OWN]
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        for table, own in _OWN.items():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            values = [own.get(column, column) for column in columns]
            statement = _COPY.format(
                table=table, columns=", ".join(columns), values=", ".join(values)
            )
            connection.execute(statement, (count,))
        for _, statement in indexes:
            connection.execute(statement)
        connection.execute("COMMIT")
    # What the disk still has to take in would otherwise be waited for by the first commits.
    with path.open("rb+") as file:
        os.fsync(file.fileno())
