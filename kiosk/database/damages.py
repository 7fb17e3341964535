"""Whether a database file is whole, asked without changing a byte of it or of its log."""

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from kiosk.database.drivers import DATABASE_ERRORS, connect
from kiosk.database.files import beside, size_of
from kiosk.database.keys import StoreKey
from kiosk.database.logs import has_lost_commits
from kiosk.database.sealed_pages import RESERVED_BYTES, first_page
from kiosk.domain.restorations import Damage

FULL_CHECK_BYTES = 64_000_000
BUSY_TIMEOUT_SECONDS = 10.0
DEFAULT_PAGE_SIZE = 4096
LARGEST_PAGE = 65_536
_CACHE_KIB = 65_536
_HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\x00"
_STANDS_ALONE = (1, 1)
_FRACTIONS = (64, 32, 32)
_PAGE_SIZES = tuple(2**power for power in range(9, 17))
_FORMATS = range(5)
_ENCODINGS = range(4)
_SAYS_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)
_PRIMARY_CODE = 0xFF


def find_damage(
    path: Path,
    *,
    full: bool | None = None,
    begins: Callable[[sqlite3.Connection], None] = lambda _: None,
    key: StoreKey | None = None,
) -> Damage | None:
    """Look whether a database file is whole, its log included.

    Args:
        path: The file; one that is missing or empty is for the caller to judge, and whole here.
        full: Every index against its table, and every reference. None: up to 64 MB, and above it
            only the pages.
        begins: Is given the connection that is about to look, which another thread may interrupt.
        key: Of the file; one that is known to be the right one.

    Raises:
        sqlite3.OperationalError: The file cannot be read, another program holds it, or the look was
            interrupted.
        OSError: The same.
    """
    size = size_of(path)
    if not size:
        return None
    # An encrypted page is read whole or not at all, and one that was being written when the power
    # went is still in the log.
    is_in_log = key is not None and size_of(beside(path, "-wal"))
    if not is_in_log and not _is_header(first_page(path, key)[:_HEADER_BYTES], key):
        return Damage.NO_DATABASE
    if has_lost_commits(beside(path, "-wal")):
        return Damage.BROKEN_LOG
    if full is None:
        full = size <= FULL_CHECK_BYTES
    try:
        with contextlib.closing(connect_read_only(path, key)) as connection:
            begins(connection)
            return _ask(connection, path, full, key)
    except DATABASE_ERRORS as error:
        if not says_damaged(error):
            raise
        return _pages(path, key)


def connect_read_only(path: Path, key: StoreKey | None = None) -> sqlite3.Connection:
    """Open a database file so that nothing is brought from its log into it, not at the end either.

    Only what an interrupted change left in a rollback journal is undone, without which there is
    nothing to read.
    """
    mode = "rw" if size_of(beside(path, "-journal")) else "ro"
    name = quote(os.fspath(path.absolute()).replace(os.sep, "/"))
    return connect(
        f"file:{name}?mode={mode}",
        key,
        timeout=BUSY_TIMEOUT_SECONDS,
        uri=True,
        isolation_level=None,
    )


def says_damaged(error: BaseException) -> bool:
    """Tell whether an error says that the file is damaged, and not that it is held or away."""
    code = primary_code(error)
    # "unsupported file format" and an unreadable schema have no code of their own.
    return code in (*_SAYS_DAMAGED, sqlite3.SQLITE_ERROR)


def primary_code(error: BaseException | None) -> int | None:
    """Return the first of SQLite's codes of an error, whatever it adds; None where it has none."""
    # The driver raises some errors of its own, which carry no code.
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & _PRIMARY_CODE


def is_damage(error: BaseException) -> bool:
    """Tell whether an error says, by a code of its own, that pages of the file are damaged.

    Args:
        error: The driver's, or SQLAlchemy's around it.
    """
    return primary_code(getattr(error, "orig", error)) in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    )


def page_size_of(header: bytes) -> int | None:
    """Return the size of a page that a file header tells, in bytes; None where it tells none."""
    told = int.from_bytes(header[16:18], "big")
    size = LARGEST_PAGE if told == 1 else told
    return size if size in _PAGE_SIZES else None


def sound_header(page_size: int, pages: int, key: StoreKey | None = None) -> bytes:
    """Return the header of a file of this program that needs no log beside it.

    Args:
        page_size: Bytes.
        pages: In the file.
        key: Of the file.
    """
    return b"".join(
        (
            _MAGIC,
            (1 if page_size == LARGEST_PAGE else page_size).to_bytes(2, "big"),
            bytes((*_STANDS_ALONE, _reserved(key), *_FRACTIONS)),
            # Change counter, pages, no free pages, schema cookie, format, no hint of a cache.
            *(number.to_bytes(4, "big") for number in (1, pages, 0, 0, 1, 4, 0)),
            # No vacuum by itself, UTF-8, no version of anybody's, room, the counter again.
            *(number.to_bytes(4, "big") for number in (0, 1, 0, 0, 0)),
            bytes(20),
            *(number.to_bytes(4, "big") for number in (1, sqlite_version_number())),
        )
    )


def sqlite_version_number() -> int:
    """Return the version of the SQLite library as a file header has it."""
    major, minor, patch = sqlite3.sqlite_version_info
    return major * 1_000_000 + minor * 1_000 + patch


def _reserved(key: StoreKey | None) -> int:
    return 0 if key is None else RESERVED_BYTES


def _is_header(header: bytes, key: StoreKey | None) -> bool:
    return (
        len(header) == _HEADER_BYTES
        and header.startswith(_MAGIC)
        and page_size_of(header) is not None
        and set(header[18:20]) <= {1, 2}
        and (key is None or header[20] == RESERVED_BYTES)
        and header[21:24] == bytes(_FRACTIONS)
        and int.from_bytes(header[44:48], "big") in _FORMATS
        and int.from_bytes(header[56:60], "big") in _ENCODINGS
    )


def _ask(
    connection: sqlite3.Connection, path: Path, full: bool, key: StoreKey | None
) -> Damage | None:
    # Indexes are looked up in every order but that of the file.
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    check = "PRAGMA integrity_check(1)" if full else "PRAGMA quick_check(1)"
    if connection.execute(check).fetchone()[0] != "ok":
        return _pages(path, key)
    if full and connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        return Damage.BROKEN_REFERENCES
    # With a log beside it a file may be short of pages that are still to be brought into it.
    return None if size_of(beside(path, "-wal")) or not _is_short(path, key) else Damage.TRUNCATED


def _pages(path: Path, key: StoreKey | None) -> Damage:
    return Damage.TRUNCATED if _is_short(path, key) else Damage.BROKEN_PAGES


def _is_short(path: Path, key: StoreKey | None) -> bool:
    header = first_page(path, key)
    pages = int.from_bytes(header[28:32], "big")
    return path.stat().st_size < (page_size_of(header) or 0) * pages
