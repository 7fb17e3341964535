"""The room on the disk of the data directory, and the errors by which the disk says it has none."""

import errno
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from kiosk.database.drivers import ERRORS
from kiosk.domain.disks import DiskState, disk_state_of

# SQLite makes room in the index of its log before it uses it, and has no other word where it fails.
_NO_ROOM_CODES = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def free_bytes_of(folder: Path) -> int:
    """Return the bytes this process may still write to the file system of a folder."""
    return shutil.disk_usage(folder).free


class DiskSpace:
    """Watches the disk of a data directory.

    Args:
        data_dir: The data directory.
        free_bytes: Where the amount of free room comes from, in bytes.
    """

    def __init__(self, data_dir: Path, free_bytes: Callable[[Path], int] = free_bytes_of) -> None:
        self._data_dir = data_dir
        self._free_bytes = free_bytes

    def state(self) -> DiskState:
        """Return what the free room means now; cheap, one call of the system.

        Raises:
            OSError: The folder is gone.
        """
        return disk_state_of(self._free_bytes(self._data_dir))


def is_disk_full(error: BaseException) -> bool:
    """Tell whether an error says that there is no room, whichever layer it comes from.

    The driver raises an ``OperationalError``, SQLAlchemy wraps it, files raise ``OSError``.
    """
    if isinstance(error, DBAPIError) and error.orig is not None:
        return is_disk_full(error.orig)
    if isinstance(error, ERRORS):
        return getattr(error, "sqlite_errorcode", None) in _NO_ROOM_CODES
    return isinstance(error, OSError) and error.errno in _NO_ROOM
