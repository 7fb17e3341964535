"""The copy of the registry's word, and the cursor up to which it reaches, committed together.

A desk's holds accounts, a kiosk's the digests of cards, with the key they are made with. It lies in
a file of its own, which can be made again: one of another version, or that the disk has damaged, is
put aside whole and begun anew.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

import msgspec

from kiosk.database.damages import is_damage
from kiosk.database.drivers import DATABASE_ERRORS, connect
from kiosk.database.engines import BUSY_TIMEOUT_MS
from kiosk.database.files import OWNER_ONLY, sync_folder
from kiosk.database.keys import StoreKey
from kiosk.store.quarantines import next_number, quarantine
from kiosk.wire.messages import ACCOUNTS, DIGESTS, DigestKey, DigestLine, encode

FILE_NAME = "copy.sqlite3"
_VERSION = 2
_WITHOUT_DIGESTS = 1
_ACCOUNTS = (
    "CREATE TABLE accounts (ref TEXT PRIMARY KEY, status TEXT NOT NULL, origin TEXT NOT NULL,"
    " email TEXT NOT NULL) WITHOUT ROWID"
)
_DIGESTS = "CREATE TABLE digests (card BLOB PRIMARY KEY, verifier BLOB NOT NULL) WITHOUT ROWID"
_META = "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
_SET_ACCOUNT = (
    "INSERT INTO accounts VALUES (?, ?, ?, ?) ON CONFLICT (ref) DO UPDATE SET"
    " status = excluded.status, origin = excluded.origin, email = excluded.email"
)
_SET_DIGEST = (
    "INSERT INTO digests VALUES (?, ?) ON CONFLICT (card) DO UPDATE SET"
    " verifier = excluded.verifier"
)
_DROP_DIGEST = "DELETE FROM digests WHERE card = ?"
_GET_VERIFIER = "SELECT verifier FROM digests WHERE card = ?"
_SET = "INSERT OR REPLACE INTO meta VALUES (?, ?)"
_GET = "SELECT key, value FROM meta"
_CURSOR, _HOLDS, _DIGEST_KEY = "cursor", "holds", "digest_key"
_KEY = msgspec.json.Decoder(DigestKey)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CopiedAccount:
    """The registry's present word on one account, without anything that names the person."""

    ref: str
    status: str
    origin: str
    email: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What there is to know of a copy as a whole.

    Attributes:
        holds: ``accounts`` or ``digests``; None before the first pull.
        digest_key: None where it was not heard since the digests came in a file.
    """

    cursor: str | None = None
    holds: str | None = None
    digest_key: DigestKey | None = None


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
        self._known = _Known()
        # None where it has to be opened first, as after a failure to do so.
        self._connection: sqlite3.Connection | None = None
        with self._in_use():
            pass

    def cursor(self) -> str | None:
        """Return the cursor of the last pull applied, or None before the first.

        It comes from memory and is never newer than what is in the file.
        """
        return self._known.cursor

    def holds(self) -> str | None:
        """Return ``accounts`` or ``digests``, or None before the first pull; likewise."""
        return self._known.holds

    def digest_key(self) -> DigestKey | None:
        """Return what the digests here are made with, or None where that was not heard yet."""
        return self._known.digest_key

    def apply(self, changed: Sequence[CopiedAccount], cursor: str) -> None:
        """Commit a page of changes and its cursor, both or neither."""
        with self._in_use() as connection, _committed(connection):
            connection.executemany(_SET_ACCOUNT, map(astuple, changed))
            connection.executemany(_SET, [(_CURSOR, cursor), (_HOLDS, ACCOUNTS)])
        self._known = _Known(cursor, ACCOUNTS)

    def apply_digests(self, lines: Sequence[DigestLine], key: DigestKey, cursor: str) -> None:
        """Commit a page of a kiosk likewise.

        Args:
            lines: In their order; one without verifier is of a card that is good no more.
            key: What they are made with.
            cursor: Up to where they reach.
        """
        known = _Known(cursor, DIGESTS, key)
        said = [(_CURSOR, cursor), (_HOLDS, DIGESTS), (_DIGEST_KEY, encode(key).decode())]
        with self._in_use() as connection, _committed(connection):
            for line in lines:
                if line.verifier:
                    connection.execute(_SET_DIGEST, (line.card, line.verifier))
                else:
                    connection.execute(_DROP_DIGEST, (line.card,))
            connection.executemany(_SET, said)
        self._known = known

    def verifier_of(self, card: bytes) -> bytes | None:
        """Return what stands under the digest of a card; None where nothing does.

        So it is, too, where the file cannot be read: nobody is turned away for that.
        """
        try:
            with self._in_use() as connection:
                row = connection.execute(_GET_VERIFIER, (card,)).fetchone()
        except DATABASE_ERRORS as error:
            _log.error("digest_not_looked_up", extra={"error": error})
            return None
        return row[0] if row is not None and isinstance(row[0], bytes) else None

    def size(self) -> int:
        """Count the accounts, or the cards, in the copy."""
        with self._in_use() as connection:
            count: int = connection.execute(
                "SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM digests)"
            ).fetchone()[0]
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
            self._connection, self._known = _opened(self._path, self.key)
        except DATABASE_ERRORS as error:
            if not is_damage(error):
                raise
            self._begin_anew()
            self._connection, self._known = _opened(self._path, self.key)
        return self._connection

    def _begin_anew(self) -> None:
        _log.error("copy_begun_anew")
        self._let_go()
        self._known = _Known()
        self._put_aside(self._path)

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of a copy in an empty file."""
    for statement in (_ACCOUNTS, _DIGESTS, _META, f"PRAGMA user_version={_VERSION}"):
        connection.execute(statement)


def set_cursor(connection: sqlite3.Connection, cursor: str, holds: str = ACCOUNTS) -> None:
    """Say up to where a copy reaches, and what is in it."""
    connection.executemany(_SET, [(_CURSOR, cursor), (_HOLDS, holds)])


class _OtherVersion(sqlite3.DatabaseError):
    sqlite_errorcode = sqlite3.SQLITE_NOTADB


def _opened(path: Path, key: StoreKey | None) -> tuple[sqlite3.Connection, _Known]:
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
        connection.execute("SELECT 1 FROM digests LIMIT 1").fetchone()
        known = _read(dict(connection.execute(_GET).fetchall()))
    except BaseException:
        connection.close()
        raise
    return connection, known


def _read(said: dict[str, str]) -> _Known:
    cursor = said.get(_CURSOR)
    # Programs that knew no digests did not say what is in it.
    holds = said.get(_HOLDS, None if cursor is None else ACCOUNTS)
    try:
        return _Known(cursor, holds, _KEY.decode(said[_DIGEST_KEY]))
    except (KeyError, msgspec.DecodeError):
        return _Known(cursor, holds)


def _prepare(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0 and not connection.execute("SELECT 1 FROM sqlite_schema").fetchone():
        with _committed(connection):
            create_tables(connection)
    elif version == _WITHOUT_DIGESTS:
        with _committed(connection):
            connection.execute(_DIGESTS)
            connection.execute(f"PRAGMA user_version={_VERSION}")
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
