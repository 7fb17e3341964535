"""The copy of the registry's word, and the cursor up to which it reaches, committed together.

It lies in a file of its own, which can be made again: one of another version, or that the disk has
damaged, is put aside whole and begun anew.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

from kiosk.database.damages import is_damage
from kiosk.database.drivers import DATABASE_ERRORS, connect
from kiosk.database.engines import BUSY_TIMEOUT_MS
from kiosk.database.files import OWNER_ONLY, sync_folder
from kiosk.database.keys import StoreKey
from kiosk.store.quarantines import next_number, quarantine

FILE_NAME = "copy.sqlite3"
_VERSION = 1
_ACCOUNTS = (
    "CREATE TABLE accounts (ref TEXT PRIMARY KEY, status TEXT NOT NULL, origin TEXT NOT NULL,"
    " email TEXT NOT NULL) WITHOUT ROWID"
)
_META = "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
_SET_ACCOUNT = (
    "INSERT INTO accounts VALUES (?, ?, ?, ?) ON CONFLICT (ref) DO UPDATE SET"
    " status = excluded.status, origin = excluded.origin, email = excluded.email"
)
_SET_CURSOR = "INSERT OR REPLACE INTO meta VALUES ('cursor', ?)"
_GET_CURSOR = "SELECT value FROM meta WHERE key = 'cursor'"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CopiedAccount:
    """The registry's present word on one account, without anything that names the person."""

    ref: str
    status: str
    origin: str
    email: str


def _to_quarantine(path: Path) -> None:
    quarantine(path, next_number(path.parent))


class AccountCopy:
    """What this device has pulled. Any thread may ask; one at a time is served.

    Args:
        data_dir: Where the file lies.
        put_aside: What becomes of a file that cannot be used.
        key: Of the file.
    """

    def __init__(
        self,
        data_dir: Path,
        put_aside: Callable[[Path], None] = _to_quarantine,
        key: StoreKey | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.key = key
        self._path = data_dir / FILE_NAME
        self._put_aside = put_aside
        self._lock = threading.Lock()
        self._is_closed = False
        self._cursor: str | None = None
        # None where it has to be opened first, as after a failure to do so.
        self._connection: sqlite3.Connection | None = None
        with self._in_use():
            pass

    def cursor(self) -> str | None:
        """Return the cursor of the last pull applied, or None before the first.

        It comes from memory and is never newer than what is in the file.
        """
        return self._cursor

    def apply(self, changed: Sequence[CopiedAccount], cursor: str) -> None:
        """Commit a page of changes and its cursor, both or neither."""
        with self._in_use() as connection, _committed(connection):
            connection.executemany(_SET_ACCOUNT, map(astuple, changed))
            connection.execute(_SET_CURSOR, (cursor,))
        self._cursor = cursor

    def size(self) -> int:
        """Count the accounts in the copy."""
        with self._in_use() as connection:
            count: int = connection.execute("SELECT count(*) FROM accounts").fetchone()[0]
        return count

    def replace(self, path: Path) -> None:
        """Put another copy in the place of this one, as ``kiosk.store.copy_loads`` makes it.

        Whoever asks meanwhile waits; a crash at any moment leaves the one or the other, whole.

        Args:
            path: The other, closed and on disk, in the same folder; gone afterwards.
        """
        with self._in_use() as connection:
            try:
                # Folds the log into the file and removes it: one that stayed would be replayed
                # over the other copy.
                mode = connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
                if mode != "delete":
                    raise sqlite3.OperationalError("the copy is in use elsewhere")
            finally:
                self._let_go()
            path.replace(self._path)
            sync_folder(self.data_dir)
            self._open()

    def close(self) -> None:
        """Close the file; nothing may be asked afterwards."""
        with self._lock:
            self._is_closed = True
            self._let_go()

    @contextmanager
    def _in_use(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connection or self._open()
            except DATABASE_ERRORS as error:
                if is_damage(error):
                    self._begin_anew()
                raise

    def _open(self) -> sqlite3.Connection:
        if self._is_closed:
            raise sqlite3.ProgrammingError("the copy is closed")
        try:
            self._connection, self._cursor = _opened(self._path, self.key)
        except DATABASE_ERRORS as error:
            if not is_damage(error):
                raise
            self._begin_anew()
            self._connection, self._cursor = _opened(self._path, self.key)
        return self._connection

    def _begin_anew(self) -> None:
        _log.error("copy_begun_anew")
        self._let_go()
        self._cursor = None
        self._put_aside(self._path)

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of a copy in an empty file."""
    for statement in (_ACCOUNTS, _META, f"PRAGMA user_version={_VERSION}"):
        connection.execute(statement)


def set_cursor(connection: sqlite3.Connection, cursor: str) -> None:
    """Say up to where a copy reaches."""
    connection.execute(_SET_CURSOR, (cursor,))


class _OtherVersion(sqlite3.DatabaseError):
    sqlite_errorcode = sqlite3.SQLITE_NOTADB


def _opened(path: Path, key: StoreKey | None) -> tuple[sqlite3.Connection, str | None]:
    path.touch(OWNER_ONLY)
    connection = connect(
        path, key, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=False
    )
    try:
        _prepare(connection)
        connection.execute("PRAGMA journal_mode=WAL")
        # A power cut may take the last pulls; the cursor goes with them, and they come again.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("SELECT 1 FROM accounts LIMIT 1").fetchone()
        row = connection.execute(_GET_CURSOR).fetchone()
    except BaseException:
        connection.close()
        raise
    return connection, None if row is None else row[0]


def _prepare(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0 and not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
        with _committed(connection):
            create_tables(connection)
    elif version != _VERSION:
        raise _OtherVersion


@contextmanager
def _committed(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
