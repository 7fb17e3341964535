"""A table whose rows form a chain: it is only ever appended to, and each row carries its link."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from kiosk.database.statements import reading_odd_text
from kiosk.domain.audit_chains import (
    EMPTY,
    ORIGIN,
    Head,
    Line,
    Value,
    Verdict,
    chained,
    link_of,
    verify,
)


@dataclass(frozen=True, slots=True)
class ChainedTable:
    """Reads and appends to such a table, straight through the driver.

    Attributes:
        name: Of the table; with ``columns``, words of this program's own.
        columns: Its fields in their order, without ``id`` and ``link``.
    """

    name: str
    columns: tuple[str, ...]

    def head(self, driver: sqlite3.Connection) -> Head:
        """Return the last line."""
        row = driver.execute(
            f"SELECT id, link FROM {self.name} ORDER BY id DESC LIMIT 1"  # noqa: S608 - names of this program's own schema
        ).fetchone()
        if row is None:
            return EMPTY
        number, link = row
        # What the disk has changed must not keep anything from being recorded behind it.
        return Head(number, link if isinstance(link, bytes) else ORIGIN)

    def link_at(self, driver: sqlite3.Connection, number: int) -> bytes | None:
        """Return the link of one line; None where there is no such line."""
        if number == 0:
            return ORIGIN
        row = driver.execute(
            f"SELECT link FROM {self.name} WHERE id = ?",  # noqa: S608 - names of this program's own schema
            (number,),
        ).fetchone()
        return row[0] if row is not None and isinstance(row[0], bytes) else None

    def append(self, driver: sqlite3.Connection, rows: Iterable[Sequence[Value]]) -> Head:
        """Write lines behind the last one; return the new head.

        Args:
            driver: In a transaction that keeps other writers out from its beginning.
            rows: Their fields, in the order of ``columns``.
        """
        head = self.head(driver)

        def linked() -> Iterator[tuple[Value, ...]]:
            nonlocal head
            for made, values in chained(head, rows):
                head = made
                yield (made.number, *values, made.link)

        driver.executemany(_insert(self.name, self.columns), linked())
        return head

    def lines(self, driver: sqlite3.Connection, after: int = 0) -> Iterator[Line]:
        """Yield the lines in their order, as they lie on disk.

        Args:
            driver: In a transaction, so that it is the state of one moment.
            after: Only those with a higher number.
        """
        with reading_odd_text(driver, "surrogateescape"):
            rows = driver.execute(
                f"SELECT id, link, {', '.join(self.columns)} FROM {self.name}"  # noqa: S608 - names of this program's own schema
                " WHERE id > ? ORDER BY id",
                (after,),
            )
            for number, link, *values in rows:
                yield Line(number, values, link)

    def verify(self, driver: sqlite3.Connection, known: Iterable[Head] = ()) -> Verdict:
        """Look for the first broken place, as ``kiosk.domain.audit_chains.verify`` tells."""
        return verify(self.lines(driver), known)

    def chain_rows_of(self, driver: sqlite3.Connection, old: str) -> Head:
        """Fill the empty table from one without links; numbers stay as they are.

        Args:
            driver: In a transaction.
            old: Name of the other, which has the same columns.
        """
        names = ", ".join(self.columns)
        head = EMPTY

        def links() -> Iterator[tuple[bytes, int]]:
            nonlocal head
            for number, *values in driver.execute(
                f"SELECT id, {names} FROM {old} ORDER BY id"  # noqa: S608 - names of this program's own schema
            ):
                head = Head(number, link_of(head.link, number, values))
                yield head.link, number

        with reading_odd_text(driver, "surrogateescape"):
            # Copied where it lies: text that the disk has changed could not be written again.
            driver.executemany(
                f"INSERT INTO {self.name} (id, {names}, link)"  # noqa: S608 - names of this program's own schema
                f" SELECT id, {names}, ? FROM {old} WHERE id = ?",
                links(),
            )
        return head

    def guards(self) -> tuple[str, ...]:
        """Return the statements that make the triggers by which rows stay as they are."""
        return tuple(
            f"CREATE TRIGGER {self.name}_no_{verb} BEFORE {verb.upper()} ON {self.name}"
            f" BEGIN SELECT RAISE(ABORT, '{self.name} is only ever appended to'); END"
            for verb in ("update", "delete")
        )


@cache
def _insert(table: str, columns: tuple[str, ...]) -> str:
    names = ("id", *columns, "link")
    return (
        f"INSERT INTO {table} ({', '.join(names)})"  # noqa: S608 - names of this program's own schema
        f" VALUES ({', '.join('?' * len(names))})"
    )
