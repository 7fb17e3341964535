"""Reading row by row what a damaged store still holds, around the pages that cannot be read."""

import contextlib
import heapq
import shutil
import sqlite3
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.database.damages import DEFAULT_PAGE_SIZE, page_size_of, sound_header
from kiosk.database.drivers import DATABASE_ERRORS, connect
from kiosk.database.files import OWNER_ONLY, beside, size_of
from kiosk.database.keys import StoreKey
from kiosk.database.logs import lay_over
from kiosk.database.sealed_pages import PageSeal, first_page, seal_again

_UNREADABLE = (*DATABASE_ERRORS, MemoryError)
_HEADER_BYTES = 100
_KINDS: dict[str, type] = {"TEXT": str, "BLOB": bytes}
_NUMBERED_LIKE_RECEIPTS = {"receipts": "counter", "outbox": "sequence"}
# Where the last rows of a table are unreadable, nothing that damage could not have changed says
# where it ends: they are looked for so far beyond what is known.
_BEYOND = 5_000
_LAST_POSSIBLE = 2**63 - 1
_LINES_AN_OPERATION = 4
# A table is searched in so many unreadable places at most, the widest first: two seconds.
_MOST_FAILURES = 20_000


class _Stored(bytes):
    """Text as it lies on disk, which damage may have made unreadable."""


@dataclass(slots=True)
class Reading:
    """How reading one table went.

    Attributes:
        rows: How many were whole.
        failures: How many places could not be read, or held no row that can be one.
    """

    rows: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Salvage:
    """What was read from a damaged store.

    Attributes:
        last_receipt: The last receipt number it says to have given, where that could be read and
            no row says otherwise.
        tables: How each went, by name.
        is_contradicted: It says to have given fewer receipt numbers than it has.
    """

    last_receipt: int | None
    tables: Mapping[str, Reading] = field(default_factory=dict)
    is_contradicted: bool = False

    def rows(self, table: str) -> int:
        """Count the rows read from a table."""
        return self.tables[table].rows if table in self.tables else 0

    def is_complete(self, *tables: str) -> bool:
        """Tell whether nothing of these tables was unreadable."""
        return all(name in self.tables and not self.tables[name].failures for name in tables)


def readable_copy(
    damaged: Path,
    copy: Path,
    donors: Sequence[Path],
    expected_tables: Sequence[str],
    key: StoreKey | None = None,
) -> bool:
    """Make a copy of a damaged store from which rows can be read, its log laid into it.

    Page 1 alone says where the tables lie. Where it is damaged, that of a donor takes its place: a
    backup keeps the places of all pages. Where only the log is left, a donor goes below it.

    Args:
        damaged: The file, which is left as it is.
        copy: The name of the copy.
        donors: Whole files of the same store, the likeliest first.
        expected_tables: Without one of these, page 1 is taken for damaged.
        key: Of all of them.

    Returns:
        False where no page 1 leads to the tables.
    """
    copy.touch(OWNER_ONLY)
    base = damaged if size_of(damaged) else next(iter(donors), damaged)
    if size_of(base):
        shutil.copyfile(base, copy)
    lay_over(beside(damaged, "-wal"), copy)
    if not size_of(copy):
        return False
    if key is not None:
        seal_again(copy, key)
    for donor in (copy, *donors):
        _put_in_front(copy, first_page(donor, key), key)
        if _has_tables(copy, expected_tables, key):
            return True
    return False


def schema_of(copy: Path, key: StoreKey | None = None) -> str | None:
    """Return the schema's revision where table and index agree on it, else None."""
    with contextlib.closing(_connect(copy, key)) as source:
        told = _ask(source, "SELECT version_num FROM alembic_version NOT INDEXED")
        indexed = _ask(source, "SELECT version_num FROM alembic_version WHERE version_num > ''")
    return told.decode("ascii", "replace") if isinstance(told, bytes) and told == indexed else None


def salvage(
    copy: Path,
    into: sqlite3.Connection,
    tables: Sequence[str],
    is_row: Callable[[str, Mapping[str, object]], bool],
    last_known_receipt: int,
    key: StoreKey | None = None,
) -> Salvage:
    """Read every row that can still be read into an empty database of the same schema.

    Args:
        copy: What ``readable_copy`` made.
        into: Takes the rows, its references unchecked; of two under one key it keeps the first.
        tables: Which to read.
        is_row: Tells whether a row can be one of a table: damage leaves some that only look so.
        last_known_receipt: Highest receipt number known from elsewhere, or 0.
        key: Of the copy.
    """
    with contextlib.closing(_connect(copy, key)) as source:
        told = _ask(source, "SELECT seq FROM sqlite_sequence WHERE name = 'receipts'")
        last_told = told if isinstance(told, int) else None
        last = max(last_told or 0, last_known_receipt) + _BEYOND
        last_read = last_known_receipt
        readings: dict[str, Reading] = {}
        for table in tables:
            declared = _columns(into, table)
            names = [name for name in _columns(source, table) if name in declared]
            if not names:
                continue
            kinds = [_KINDS.get(declared[name], int) for name in names]
            reading = readings.setdefault(table, Reading())
            reader = _RowReader(source, table, names, reading)
            insert = (
                f"INSERT OR IGNORE INTO {table} ({', '.join(names)})"  # noqa: S608 - names of this program's own schema
                f" VALUES ({', '.join('?' * len(names))})"
            )
            number = _NUMBERED_LIKE_RECEIPTS.get(table)
            highest = last if number else last * _LINES_AN_OPERATION + _BEYOND
            for values in reader.rows(highest):
                row = _decoded(names, kinds, values)
                if row is None or not is_row(table, row):
                    reading.failures += 1
                elif into.execute(insert, tuple(row.values())).rowcount == 1:
                    reading.rows += 1
                    last_read = max(last_read, row[number] if number else 0)  # type: ignore[call-overload]
                else:
                    reading.failures += 1
    is_contradicted = last_told is not None and last_told < last_read
    return Salvage(None if is_contradicted else last_told, readings, is_contradicted)


class _RowReader:
    """Reads a table by ranges of its row numbers, halving around the pages that fail."""

    def __init__(
        self, source: sqlite3.Connection, table: str, columns: Sequence[str], reading: Reading
    ) -> None:
        self._source = source
        self._query = (
            f"SELECT rowid, {', '.join(columns)} FROM {table} NOT INDEXED"  # noqa: S608 - names of this program's own schema
            " WHERE rowid BETWEEN ? AND ? ORDER BY rowid "
        )
        self._reading = reading
        self._reached = 0

    def rows(self, highest: int) -> Iterator[tuple[object, ...]]:
        """Yield what can be read of the rows, without their numbers.

        Args:
            highest: Around unreadable pages they are looked for up to this number.
        """
        if not (yield from self._scan(highest + 1, _LAST_POSSIBLE, 1)):
            self._reading.failures += 1
        ranges = [(-highest, 1, highest)]
        while ranges and self._reading.failures < _MOST_FAILURES:
            _, first, last = heapq.heappop(ranges)
            is_whole = yield from self._scan(first, last, 1)
            if is_whole:
                continue
            # Behind the page that failed there may be whole ones: they are read from the other end.
            first = self._reached + 1
            is_whole = yield from self._scan(first, last, -1)
            self._reading.failures += 1
            if is_whole:
                continue
            last = self._reached - 1
            if first < last:
                middle = (first + last) // 2
                for low, high in ((first, middle), (middle + 1, last)):
                    heapq.heappush(ranges, (low - high, low, high))

    def _scan(self, first: int, last: int, step: int) -> Generator[tuple[object, ...], None, bool]:
        """Yield rows from one end until a page fails; returns whether none did."""
        self._reached = first - 1 if step > 0 else last + 1
        try:
            cursor = self._source.execute(
                self._query + ("ASC" if step > 0 else "DESC"), (first, last)
            )
            for number, *values in cursor:
                if not first <= number <= last or (number - self._reached) * step <= 0:
                    # Rows out of their order: the page lies.
                    return False
                self._reached = number
                yield tuple(values)
        except _UNREADABLE:
            return False
        return True


def _put_in_front(copy: Path, page: bytes, key: StoreKey | None) -> None:
    """Make a page the first of a copy, under a header in which nothing is damaged."""
    size = (key is None and page_size_of(page)) or DEFAULT_PAGE_SIZE
    with copy.open("r+b") as file:
        length = file.seek(0, 2)
        pages = -(-length // size)
        file.write(bytes(pages * size - length))
        file.seek(0)
        content = sound_header(size, pages, key) + page[_HEADER_BYTES:size]
        file.write(content if key is None else PageSeal(key).closed(content, 1))


def _has_tables(copy: Path, expected: Sequence[str], key: StoreKey | None) -> bool:
    with contextlib.closing(_connect(copy, key)) as source:
        return all(_columns(source, table) for table in expected)


def _connect(copy: Path, key: StoreKey | None) -> sqlite3.Connection:
    connection = connect(copy, key, isolation_level=None)
    connection.text_factory = _Stored
    return connection


def _ask(source: sqlite3.Connection, query: str) -> object:
    try:
        row = source.execute(query).fetchone()
    except _UNREADABLE:
        return None
    return None if row is None else row[0]


def _columns(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """Return a table's columns and their declared types; none where there is no such table."""
    try:
        rows = connection.execute(
            "SELECT CAST(name AS BLOB), CAST(type AS BLOB) FROM pragma_table_info(?)", (table,)
        ).fetchall()
        return {name.decode(): kind.decode().upper() for name, kind in rows}
    except (*_UNREADABLE, UnicodeDecodeError):
        return {}


def _decoded(
    names: Sequence[str], kinds: Sequence[type], values: Sequence[object]
) -> dict[str, object] | None:
    """Return a row with its text as text; None where a value is not of its column's kind."""
    row: dict[str, object] = {}
    for name, kind, value in zip(names, kinds, values, strict=True):
        if value is None or type(value) is kind:
            row[name] = value
        elif kind is str and type(value) is _Stored:
            try:
                row[name] = value.decode()
            except UnicodeDecodeError:
                return None
        else:
            return None
    return row
