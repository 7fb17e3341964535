"""One program at a time on a data directory: two senders would deliver each other's operations."""

import sqlite3
from pathlib import Path

from kiosk.complaints import Complaint, unusable_data_dir

_FILE_NAME = "device.lock"


class DataDirHold:
    """Holds a data directory for this program until it is closed or the program dies.

    The lock is SQLite's own on an empty database, which the system gives back with the process on
    every platform; what a dead program held is free.

    Args:
        data_dir: The data directory, made where it is missing.

    Raises:
        Complaint: Another program holds it, or the folder cannot be used.
    """

    def __init__(self, data_dir: Path) -> None:
        try:
            data_dir.mkdir(parents=True, exist_ok=True)
            self._lock = sqlite3.connect(
                data_dir / _FILE_NAME, timeout=0, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error):
            raise unusable_data_dir(data_dir) from None
        try:
            self._lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            self._lock.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise Complaint(
                    f"Outro programa já usa a pasta de dados {data_dir}. Feche-o primeiro, ou "
                    "indique outra pasta com --data."
                ) from None
            raise unusable_data_dir(data_dir) from None

    def close(self) -> None:
        """Let the directory go."""
        self._lock.close()
