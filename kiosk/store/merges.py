"""Laying what was salvaged over the backup that takes a damaged store's place."""

import contextlib
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import LargeBinary, Table

from kiosk.database.drivers import attach, connect
from kiosk.database.keys import StoreKey
from kiosk.domain.operations import OperationKind, Outcome
from kiosk.domain.receipts import is_device_code, read
from kiosk.store.audit_merges import lay_audit_over
from kiosk.store.enrolments import NEXT_KEY, SIGNING_KEY
from kiosk.store.receipt_numbers import RECEIPT_JUMP
from kiosk.store.rounds import message_of
from kiosk.store.tables import audit, meta, metadata, outbox, receipts

SALVAGED = tuple(table.name for table in metadata.sorted_tables)
_CODE, _KEY = "device_code", "subject_key"
_KEYS = (_KEY, SIGNING_KEY, NEXT_KEY)
_KEY_BYTES = 32
_WORDS: dict[str, frozenset[str]] = {
    "kind": frozenset(OperationKind),
    "outcome": frozenset(Outcome),
}
# Lines of the audit that tell how an operation left the queue are named by its outcome, save one.
_DEPARTURES = tuple(outcome for outcome in Outcome if outcome is not Outcome.REPLACED)
_SENT_AGAIN = "sent_again"
# Opens to no card and no date: of a receipt that is gone nobody can say to whom it belongs.
_NO_PROOF = "zeroblob(32)"


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge led to.

    Attributes:
        salvaged_operations: Unanswered operations that were taken from the damaged store.
        orphans: Receipts without an outcome whose operation is gone.
        missing: Receipt numbers after the backup's last that it does not hold, up to the last one
            that was given; None where that is not known.
    """

    salvaged_operations: int
    orphans: int
    missing: int | None


def is_row(table: str, row: Mapping[str, object]) -> bool:
    """Tell whether a row of a damaged store can be one that this program wrote.

    Args:
        table: Its table.
        row: Its values, of the kinds its columns have.
    """
    lengths, words = _shapes(table)
    for name, length in lengths:
        value = row.get(name)
        if value is not None and len(value) != length:  # type: ignore[arg-type]
            return False
    for name, known in words:
        value = row.get(name)
        if value is not None and value not in known:
            return False
    if table == meta.name:
        return _is_meta(row)
    return table != outbox.name or _says_what_was_recorded(row)


def has_identity(store: Path, key: StoreKey | None = None) -> bool:
    """Tell whether a store says which device it belongs to, and has the key of its receipts."""
    with contextlib.closing(connect(store, key)) as connection:
        keys = {key for (key,) in connection.execute("SELECT key FROM meta")}
    return {_CODE, _KEY} <= keys


def last_receipt_of(store: Path, key: StoreKey | None = None) -> int:
    """Return the highest receipt number a whole store has given, or 0."""
    with contextlib.closing(connect(store, key)) as connection:
        return _number(connection, "SELECT max(seq) FROM sqlite_sequence WHERE name = 'receipts'")


def merge(
    store: sqlite3.Connection,
    salvaged: Path,
    last_given: int | None,
    key: StoreKey | None = None,
    restored_at: int = 0,
) -> Merged:
    """Lay salvaged rows over a store; both have the schema of this program.

    A receipt with an outcome beats one without, an operation whose receipt has an outcome is not
    taken, and receipt numbers go on far beyond the last one known.

    Args:
        store: The backup's copy, or an empty store; in no transaction.
        salvaged: What was read from the damaged store, in a file of its own.
        last_given: The last receipt number that the damaged store says to have given.
        key: Of the file in which the salvaged rows are.
        restored_at: This machine's clock, milliseconds since 1970.
    """
    last_before = _number(store, "SELECT max(counter) FROM receipts")
    store.execute("PRAGMA foreign_keys=OFF")
    attach(store, salvaged, "salvaged", key)
    store.execute("BEGIN IMMEDIATE")
    _lay_receipts_over(store)
    _lay_operations_over(store)
    _lay_meta_over(store)
    for name in SALVAGED:
        if name not in (receipts.name, outbox.name, meta.name, audit.name):
            _add(store, metadata.tables[name])
    lay_audit_over(store, restored_at)
    _rename_receipts(store)
    _make_missing_receipts(store)
    _decide_by_audit(store)
    _take_up_lost_successors(store)
    _drop_decided(store)
    _follow_anew(store)
    # Each may have been on its way: none can be taken back as if it had never left.
    store.execute("UPDATE outbox SET attempts = max(attempts, 1)")
    last = max(
        last_given or 0,
        _number(store, "SELECT max(counter) FROM receipts"),
        _number(store, "SELECT max(seq) FROM sqlite_sequence WHERE name = 'receipts'"),
    )
    store.execute("DELETE FROM sqlite_sequence WHERE name = 'receipts'")
    store.execute("INSERT INTO sqlite_sequence VALUES ('receipts', ?)", (last + RECEIPT_JUMP,))
    merged = _tell(store, last_before, last_given)
    store.execute("COMMIT")
    store.execute("DETACH salvaged")
    return merged


@cache
def _shapes(
    table: str,
) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, frozenset[str]], ...]]:
    """Return which columns of a table have a length in bytes, and which one of some words."""
    columns = metadata.tables[table].c
    lengths = (
        (column.name, column.type.length)
        for column in columns
        if isinstance(column.type, LargeBinary)
    )
    return (
        tuple((name, length) for name, length in lengths if length is not None),
        tuple((name, known) for name, known in _WORDS.items() if name in columns),
    )


def _lay_receipts_over(store: sqlite3.Connection) -> None:
    store.execute(
        "DELETE FROM main.receipts WHERE counter IN ("
        " SELECT old.counter FROM main.receipts AS old JOIN salvaged.receipts AS new"
        " ON new.counter = old.counter AND new.operation = old.operation"
        " WHERE new.outcome IS NOT NULL"
        " AND (old.outcome IS NULL OR old.outcome = ? AND new.outcome <> ?))",
        (Outcome.QUARANTINED, Outcome.QUARANTINED),
    )
    _add(store, receipts)


def _lay_operations_over(store: sqlite3.Connection) -> None:
    store.execute(
        "DELETE FROM main.outbox WHERE (sequence, id) IN (SELECT sequence, id FROM salvaged.outbox)"
    )
    _add(store, outbox)


def _lay_meta_over(store: sqlite3.Connection) -> None:
    store.execute(
        "DELETE FROM main.meta WHERE key NOT IN (?, ?) AND key IN (SELECT key FROM salvaged.meta)",
        (_CODE, _KEY),
    )
    _add(store, meta)


def _add(store: sqlite3.Connection, table: Table) -> None:
    names = ", ".join(table.c.keys())
    store.execute(
        f"INSERT OR IGNORE INTO main.{table.name} ({names})"  # noqa: S608 - names of this program's own schema
        f" SELECT {names} FROM salvaged.{table.name}"
    )


def _rename_receipts(store: sqlite3.Connection) -> None:
    """Give receipts whose operation the disk has changed the one that stands under their number."""
    found = store.execute(
        "SELECT outbox.* FROM outbox JOIN receipts ON counter = sequence"
        " WHERE operation <> id AND outcome IS NULL AND digest IS NOT NULL"
    )
    names = [column[0] for column in found.description]
    for values in found.fetchall():
        row = dict(zip(names, values, strict=True))
        number = read(row["receipt"])
        # Its digest speaks of its id and of its receipt: it is the row that is right.
        if number and number.counter == row["sequence"] and _says_what_was_recorded(row):
            store.execute(
                "UPDATE OR IGNORE receipts SET operation = ? WHERE counter = ?",
                (row["id"], row["sequence"]),
            )


def _decide_by_audit(store: sqlite3.Connection) -> None:
    """Give receipts the outcome of which only the audit still tells."""
    for outcome in _DEPARTURES:
        store.execute(
            "UPDATE receipts SET outcome = ?, decided_at = line.at,"
            " reason = CASE WHEN ? THEN NULL ELSE line.detail END"
            " FROM audit AS line WHERE line.event = ? AND line.operation = receipts.operation"
            " AND receipts.outcome IS NULL",
            (outcome, outcome is Outcome.WITHDRAWN, outcome),
        )
    lines = store.execute(
        "SELECT counter, at, detail FROM audit JOIN receipts USING (operation)"
        " WHERE event = ? AND outcome IS NULL",
        (_SENT_AGAIN,),
    )
    for counter, at, detail in lines.fetchall():
        # Whoever did it stands before the receipt under which it went on.
        successor = read((detail or "").rpartition(" ")[2])
        if successor is not None:
            store.execute(
                "UPDATE receipts SET outcome = ?, decided_at = ?, replaced_by = ?"
                " WHERE counter = ?",
                (Outcome.REPLACED, at, successor.counter, counter),
            )


def _take_up_lost_successors(store: sqlite3.Connection) -> None:
    """Let a wish that was sent again wait under its old receipt where the new one is gone.

    So it does where the new one is there and its operation is not, but the old one's is. Should
    the new one have had its effect, the registry answers both alike.
    """
    # One that was sent again more than once goes back step by step.
    while store.execute(
        "UPDATE receipts SET outcome = NULL, decided_at = NULL, replaced_by = NULL"
        " WHERE outcome = ? AND (NOT EXISTS"
        " (SELECT * FROM receipts AS new WHERE new.counter = receipts.replaced_by)"
        " OR EXISTS (SELECT * FROM receipts AS new WHERE new.counter = receipts.replaced_by"
        "  AND new.outcome IS NULL AND new.counter NOT IN (SELECT sequence FROM outbox))"
        " AND receipts.counter IN (SELECT sequence FROM outbox))",
        (Outcome.REPLACED,),
    ).rowcount:
        pass


def _drop_decided(store: sqlite3.Connection) -> None:
    store.execute(
        "DELETE FROM outbox WHERE id IN (SELECT operation FROM receipts WHERE outcome IS NOT NULL)"
    )


def _follow_anew(store: sqlite3.Connection) -> None:
    """Say of every operation which one of the same person it follows."""
    store.execute(
        "UPDATE outbox SET follows = line.before FROM (SELECT sequence,"
        " lag(sequence) OVER (PARTITION BY subject ORDER BY sequence) AS before"
        " FROM outbox) AS line WHERE line.sequence = outbox.sequence"
    )


def _make_missing_receipts(store: sqlite3.Connection) -> None:
    """Let no operation be lost for want of its receipt."""
    values = {
        column.name: {
            receipts.c.counter.name: "sequence",
            receipts.c.operation.name: "id",
            receipts.c.birth_date_proof.name: _NO_PROOF,
        }.get(column.name, column.name)
        for column in receipts.c
        if column.name in outbox.c or not column.nullable
    }
    store.execute(
        f"INSERT OR IGNORE INTO receipts ({', '.join(values)})"  # noqa: S608 - names of this program's own schema
        f" SELECT {', '.join(values.values())} FROM outbox"
    )
    # One that stands under another operation's receipt is not what it says it is.
    store.execute(
        "DELETE FROM outbox WHERE NOT EXISTS (SELECT * FROM receipts"
        " WHERE counter = outbox.sequence AND operation = outbox.id)"
    )


def _tell(store: sqlite3.Connection, last_before: int, last_given: int | None) -> Merged:
    missing = None
    if last_given is not None:
        held = _number(
            store,
            "SELECT count(*) FROM receipts WHERE counter > ? AND counter <= ?",
            last_before,
            last_given,
        )
        missing = max(0, last_given - last_before - held)
    return Merged(
        salvaged_operations=_number(
            store, "SELECT count(*) FROM outbox WHERE id IN (SELECT id FROM salvaged.outbox)"
        ),
        orphans=_number(
            store,
            "SELECT count(*) FROM receipts WHERE outcome IS NULL"
            " AND counter NOT IN (SELECT sequence FROM outbox)",
        ),
        missing=missing,
    )


def _is_meta(row: Mapping[str, object]) -> bool:
    key, value = row.get("key"), row.get("value")
    if not isinstance(value, bytes):
        return False
    if key == _CODE:
        return is_device_code(value.decode("ascii", "replace"))
    return key not in _KEYS or len(value) == _KEY_BYTES


def _says_what_was_recorded(row: Mapping[str, object]) -> bool:
    """Tell whether an operation fits the digest made when it was recorded."""
    # Rows of a program that made no digest have nothing to be held against.
    if row.get(outbox.c.digest.name) is None:
        return True
    message = message_of(SimpleNamespace(**row))
    return message.digest() == row[outbox.c.digest.name]


def _number(store: sqlite3.Connection, query: str, *values: object) -> int:
    return store.execute(query, values).fetchone()[0] or 0
