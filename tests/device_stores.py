"""A device's own files, opened from outside with the key that its custody keeps."""

import sqlite3
from pathlib import Path

from kiosk.database.damages import connect_read_only
from kiosk.database.drivers import connect
from kiosk.store.unlockings import known_key


def open_device_file(path: Path) -> sqlite3.Connection:
    """Open a database file in a device's data directory, for reading and writing; it must exist."""
    if not path.is_file():
        raise FileNotFoundError(path)
    return connect(path, known_key(path.parent))


def read_device_file(path: Path) -> sqlite3.Connection:
    """Open one so that not a byte of it, or of its log, changes."""
    return connect_read_only(path, known_key(path.parent))
