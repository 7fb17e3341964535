"""Database files as files: what lies beside them, and what makes a change of names last."""

import contextlib
import os
from pathlib import Path
from typing import BinaryIO

from kiosk.database.drivers import connect
from kiosk.database.keys import StoreKey

# People's data: nobody but the owner of the process, unless whoever runs it says so.
OWNER_ONLY = 0o600
SIDE_SUFFIXES = ("-wal", "-shm", "-journal")


def beside(path: Path, suffix: str) -> Path:
    """Return the file that SQLite keeps beside a database under a suffix."""
    return path.with_name(path.name + suffix)


def size_of(path: Path) -> int | None:
    """Return the size of a file in bytes, or None where there is none."""
    return path.stat().st_size if path.exists() else None


def discard(path: Path) -> None:
    """Remove a database file that is nobody's only copy, and what lies beside it."""
    for suffix in ("", *SIDE_SUFFIXES):
        beside(path, suffix).unlink(missing_ok=True)


def fold_log(path: Path, key: StoreKey | None = None) -> None:
    """Bring what is still in the log into the file, which then needs nothing beside it."""
    with contextlib.closing(connect(path, key)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def create_private(path: Path) -> BinaryIO:
    """Create a file for writing that nobody but the owner of the process may read.

    Raises:
        FileExistsError: There is one of this name.
    """
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, OWNER_ONLY))


def sync_file(path: Path) -> None:
    """Return once the content of a file is on disk."""
    # Opened for writing, since Windows flushes no other.
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Return once the names in a folder are on disk."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folders_above(path: Path) -> None:
    """Let the folders above a file's own be on disk under their names.

    A folder that was made a moment ago is itself only a name in the folder above it.
    """
    for folder in path.resolve().parent.parents:
        # Some file systems sync no folders, and a folder above may be closed to this user.
        with contextlib.suppress(OSError):
            sync_folder(folder)
