"""The nonces of the signed requests of late, so that none is carried out twice.

They have a file of their own beside the database: keeping one waits neither for the disk nor for
whoever holds the database, and takes nothing from the one wait of a push. What a power cut takes of
it lets nothing in that would have another effect than the first time.
"""

import contextlib
import logging
import sqlite3
import threading
from pathlib import Path

from kiosk.database.engines import BUSY_TIMEOUT_MS
from kiosk.database.files import OWNER_ONLY, discard
from kiosk.registry.clocks import Clock
from kiosk.wire.signatures import WINDOW_MS

_log = logging.getLogger(__name__)
_SWEEP_EVERY_MS = 60_000
# A while longer than a request can be believed, for a clock that is set back a little.
_KEPT_MS = 2 * WINDOW_MS
_TABLES = """
CREATE TABLE IF NOT EXISTS nonces (
    key_id TEXT NOT NULL, nonce TEXT NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (key_id, nonce)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS nonces_until ON nonces (until);
CREATE TABLE IF NOT EXISTS beginnings (at INTEGER NOT NULL);
"""
_TAKE = "INSERT OR IGNORE INTO nonces VALUES (?, ?, ?)"
_SWEEP = "DELETE FROM nonces WHERE until < ?"


def path_beside(database: Path) -> Path:
    """Return where the nonces of a registry lie."""
    return database.with_name(f"{database.stem}.nonces.sqlite3")


class Nonces:
    """Remembers nonces; may be used from any thread, and beside another process that does.

    Args:
        path: The file; made where it is missing, and made anew where it cannot be read.
        clock: The registry's time.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._swept_at = clock()
        try:
            self._connection, self._began_at = self._open()
        except sqlite3.DatabaseError as failure:
            if isinstance(failure, sqlite3.OperationalError):
                raise
            _log.error("nonces_made_anew", extra={"error": failure})
            discard(path)
            self._connection, self._began_at = self._open()

    def earliest_ms(self) -> int:
        """Return the earliest time at which a request may have been signed to be believed.

        What was signed before anything was remembered here may have come before. A beginning that
        lies ahead is of a clock that was wrong, and void.
        """
        return self._began_at if self._began_at <= self._clock() else 0

    def take(self, key_id: str, nonce: str, created_ms: int) -> bool:
        """Remember a nonce; False where it is known."""
        with self._lock:
            self._sweep()
            until = created_ms + _KEPT_MS
            return self._connection.execute(_TAKE, (key_id, nonce, until)).rowcount == 1

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _sweep(self) -> None:
        now = self._clock()
        if 0 <= now - self._swept_at < _SWEEP_EVERY_MS:
            return
        self._swept_at = now
        self._connection.execute(_SWEEP, (now,))

    def _open(self) -> tuple[sqlite3.Connection, int]:
        self._path.touch(OWNER_ONLY)
        connection = sqlite3.connect(
            self._path,
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_TIMEOUT_MS / 1000,
        )
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.executescript(_TABLES)
            began = connection.execute("SELECT min(at) FROM beginnings").fetchone()[0]
            if began is None:
                began = self._clock() // 1000 * 1000
                connection.execute("INSERT INTO beginnings VALUES (?)", (began,))
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.close()
            raise
        return connection, int(began)
