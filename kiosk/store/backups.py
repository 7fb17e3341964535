"""The hourly backup of the store: page for page, checked, under a growing number, 24 kept.

Numbers, never the clock, say which backup is older: a wrong clock expires none.
"""

import contextlib
import logging
import re
import sqlite3
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from kiosk.database.damages import connect_read_only, find_damage, is_damage
from kiosk.database.drivers import DATABASE_ERRORS, ERRORS, PROGRAMMING_ERRORS, connect
from kiosk.database.files import OWNER_ONLY, beside, discard, size_of, sync_file, sync_folder
from kiosk.database.keys import StoreKey
from kiosk.domain.disks import FULL_BYTES
from kiosk.domain.restorations import Damage
from kiosk.store.disks import free_bytes_of, is_disk_full
from kiosk.store.suspicions import Suspicion

FOLDER = "backups"
KEPT = 24
INTERVAL_SECONDS = 3600.0
_LOOK_SECONDS = 60.0
_PATIENCE_SECONDS = 10.0
_STEP_SECONDS = 0.05
_PAGES_A_STEP = 1024
_NAME = re.compile(r"device-(\d+)\.sqlite3")
_FOLDER_MODE = 0o700
_log = logging.getLogger(__name__)


class BackupResult(StrEnum):
    """What became of one look whether a backup is due."""

    MADE = "made"
    NOT_DUE = "not_due"
    NO_ROOM = "no_room"
    DAMAGED = "damaged"
    STOPPED = "stopped"


class _Stopped(Exception):
    """The program ends while a backup is being made."""


def backups_of(data_dir: Path) -> list[Path]:
    """Return the backups of a data directory, newest first."""
    return [path for _, path in _numbered(data_dir)]


class Backups:
    """Makes the backups of one store while a program runs on it.

    Args:
        store: The store file, opened by the program.
        monotonic: Seconds that never run backwards.
        free_bytes: Where the amount of free room of a folder comes from.
        interval_seconds: Least time between two.
        suspicion: Is told where one does not pass its check; None for one of its own.
        key: Of the store, and of its backups.
    """

    def __init__(
        self,
        store: Path,
        monotonic: Callable[[], float],
        *,
        free_bytes: Callable[[Path], int] = free_bytes_of,
        interval_seconds: float = INTERVAL_SECONDS,
        suspicion: Suspicion | None = None,
        key: StoreKey | None = None,
    ) -> None:
        self._store = store
        self._key = key
        self._suspicion = suspicion or Suspicion(store)
        self._folder = store.parent / FOLDER
        self._monotonic = monotonic
        self._free_bytes = free_bytes
        self._interval = interval_seconds
        self._next_look: float | None = None
        self._checking: sqlite3.Connection | None = None

    def make_if_due(self, is_stopping: Callable[[], bool] = lambda: False) -> BackupResult:
        """Make a backup where an hour has passed, or at first, and something was recorded since.

        Writers go on meanwhile. Where there is no room for it, none is made, and it stays due.

        Args:
            is_stopping: Asked every few megabytes; True ends it without a trace.

        Raises:
            OSError: The folder cannot be used.
            sqlite3.Error: The store cannot be read.
        """
        now = self._monotonic()
        if self._next_look is not None and now < self._next_look:
            return BackupResult.NOT_DUE
        with contextlib.closing(connect_read_only(self._store, self._key)) as source:
            if not self._has_news(source):
                self._next_look = now + self._interval
                return BackupResult.NOT_DUE
            if self._free_bytes(self._store.parent) < FULL_BYTES + self._room_needed():
                return BackupResult.NO_ROOM
            self._next_look = now + self._interval
            result = self._make(source, is_stopping)
        if result is BackupResult.NO_ROOM:
            self._next_look = None
        return result

    def hasten_end(self) -> None:
        """Interrupt the check of a backup; said from another thread once it is to stop."""
        checking = self._checking
        if checking is not None:
            # It may have come to its end by itself.
            with contextlib.suppress(*PROGRAMMING_ERRORS):
                checking.interrupt()

    def _has_news(self, source: sqlite3.Connection) -> bool:
        newest = next(iter(backups_of(self._store.parent)), None)
        if newest is None:
            return True
        try:
            with contextlib.closing(connect_read_only(newest, self._key)) as backup:
                return _state_of(source) != _state_of(backup)
        except DATABASE_ERRORS:
            return True

    def _room_needed(self) -> int:
        return (size_of(self._store) or 0) + (size_of(beside(self._store, "-wal")) or 0)

    def _make(self, source: sqlite3.Connection, is_stopping: Callable[[], bool]) -> BackupResult:
        self._folder.mkdir(_FOLDER_MODE, exist_ok=True)
        sync_folder(self._folder.parent)
        for left in self._folder.glob("*.part"):
            discard(left)
        number = max((number for number, _ in _numbered(self._store.parent)), default=0) + 1
        part = self._folder / f"device-{number:06d}.part"
        part.touch(OWNER_ONLY)
        try:
            damage = self._copy(source, part, is_stopping) or self._check(part, is_stopping)
            if damage is None:
                sync_file(part)
                part.rename(part.with_suffix(".sqlite3"))
                sync_folder(self._folder)
        except _Stopped:
            return BackupResult.STOPPED
        except (OSError, *ERRORS) as error:
            if not is_disk_full(error):
                raise
            return BackupResult.NO_ROOM
        finally:
            discard(part)
        if damage is not None:
            # Copied page for page, so it is the store itself that is damaged, unless the disk
            # betrayed the copy alone: the next start looks, however large the store is.
            self._suspicion.set()
            _log.error("backup_not_whole", extra={"damage": damage})
            return BackupResult.DAMAGED
        for _, old in _numbered(self._store.parent)[KEPT:]:
            old.unlink()
        _log.info("backup_made", extra={"number": number})
        return BackupResult.MADE

    def _copy(
        self, source: sqlite3.Connection, part: Path, is_stopping: Callable[[], bool]
    ) -> Damage | None:
        try:
            _copy(source, part, is_stopping, self._key)
        except DATABASE_ERRORS as error:
            # An encrypted page that is damaged is not even copied.
            if not is_damage(error):
                raise
            return Damage.BROKEN_PAGES
        return None

    def _check(self, part: Path, is_stopping: Callable[[], bool]) -> Damage | None:
        def begin(connection: sqlite3.Connection) -> None:
            self._checking = connection

        try:
            damage = find_damage(part, full=True, begins=begin, key=self._key)
        except ERRORS:
            if is_stopping():
                raise _Stopped from None
            raise
        finally:
            self._checking = None
        if is_stopping():
            # What an interrupted check says counts for nothing.
            raise _Stopped
        return damage


class BackupThread:
    """Looks every minute whether a backup is due, from the start of the program to its end.

    Args:
        backups: What makes them.
        look_seconds: Pause between two looks.
        patience_seconds: How long its end is waited for.
    """

    def __init__(
        self,
        backups: Backups,
        look_seconds: float = _LOOK_SECONDS,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._backups = backups
        self._look_seconds = look_seconds
        self._patience_seconds = patience_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backups", daemon=True)

    def start(self) -> None:
        """Begin; the first look follows at once."""
        self._thread.start()

    def stop(self) -> None:
        """End; a backup under way is given up, and the next start makes it.

        A disk that answers no more does not keep the program from ending.
        """
        self._stopping.set()
        waited = 0.0
        while self._thread.is_alive() and waited < self._patience_seconds:
            # Said more than once: between two statements nothing hears it.
            self._backups.hasten_end()
            self._thread.join(_STEP_SECONDS)
            waited += _STEP_SECONDS

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._backups.make_if_due(self._stopping.is_set)
            except Exception as failure:  # noqa: BLE001
                # A disk that fails once must not end the backups of the days that follow.
                _log.error("backup_stumbled", extra={"error": failure})
            self._stopping.wait(self._look_seconds)


def _numbered(data_dir: Path) -> list[tuple[int, Path]]:
    folder = data_dir / FOLDER
    found = (
        (int(name[1]), path)
        for path in (folder.iterdir() if folder.is_dir() else ())
        if (name := _NAME.fullmatch(path.name))
    )
    return sorted(found, reverse=True)


def _state_of(connection: sqlite3.Connection) -> tuple[object, ...]:
    """Return what differs after anything was recorded: every action leaves a line in the audit."""
    row: tuple[object, ...] = connection.execute(
        "SELECT (SELECT max(id) FROM audit), (SELECT count(*) FROM meta),"
        " (SELECT version_num FROM alembic_version)"
    ).fetchone()
    return row


def _copy(
    source: sqlite3.Connection,
    part: Path,
    is_stopping: Callable[[], bool],
    key: StoreKey | None,
) -> None:
    def look_up(_status: int, _remaining: int, _total: int) -> None:
        if is_stopping():
            raise _Stopped

    # One state of the store, whatever is written meanwhile: without it a commit of another
    # connection would make the copy begin again.
    source.execute("BEGIN")
    try:
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with contextlib.closing(connect(part, key, isolation_level=None)) as target:
            source.backup(target, pages=_PAGES_A_STEP, progress=look_up)
            # It stands for itself, with nothing beside it.
            target.execute("PRAGMA journal_mode=DELETE")
    finally:
        source.execute("ROLLBACK")
