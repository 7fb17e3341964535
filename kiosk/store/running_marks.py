"""The mark that a program runs on a store, from which the next start learns how the last ended.

While a program runs there is a log beside the file. After an unclean end the mark is still there; a
log that is not was removed by somebody or by the disk, with the commits in it.
"""

import contextlib
import sqlite3
from pathlib import Path

from kiosk.database.drivers import OPERATIONAL_ERRORS, connect
from kiosk.database.files import OWNER_ONLY, beside, sync_folder
from kiosk.database.keys import StoreKey

_SUFFIX = ".running"


class RunningMark:
    """The mark of one store file.

    Args:
        path: The store file.
        key: Of the store, where it is going to be marked.
    """

    def __init__(self, path: Path, key: StoreKey | None = None) -> None:
        self._path = path
        self._key = key
        self._mark = path.with_suffix(_SUFFIX)
        self._held: sqlite3.Connection | None = None

    def ended_uncleanly(self) -> bool:
        """Tell whether the last program on this store ended without saying so."""
        return self._mark.exists()

    def has_lost_log(self) -> bool:
        """Tell whether the last program ended uncleanly and its log is gone."""
        return self.ended_uncleanly() and not beside(self._path, "-wal").exists()

    def lift(self) -> None:
        """Take the mark away: the end of the last program has been looked into."""
        if self._mark.exists():
            self._mark.unlink()
            sync_folder(self._path.parent)

    def set(self) -> None:
        """Say that a program runs; keeps the log beside the file until ``close``."""
        self._held = connect(
            self._path, self._key, timeout=0, isolation_level=None, check_same_thread=False
        )
        self._held.execute("SELECT count(*) FROM sqlite_master").fetchone()
        # The log reaches the disk before the mark: a mark without a log means a loss.
        sync_folder(self._path.parent)
        self._mark.touch(OWNER_ONLY)
        sync_folder(self._path.parent)

    def close(self) -> None:
        """Say that the program ends: the log is brought into the file, then the mark goes."""
        held, self._held = self._held, None
        if held is None:
            return
        with contextlib.closing(held):
            # A reader from outside may hold the log up; it is then brought in by whoever is last.
            with contextlib.suppress(*OPERATIONAL_ERRORS):
                held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            # Before the log goes with the last connection: a mark without a log means a loss.
            self.lift()
