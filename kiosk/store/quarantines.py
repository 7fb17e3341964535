"""Where damaged files go: whole, under a growing number, and never deleted."""

from pathlib import Path

from kiosk.database.files import SIDE_SUFFIXES, beside, sync_folder

FOLDER = "quarantine"
_OWNER_ONLY = 0o700


def next_number(data_dir: Path) -> int:
    """Return the number of the next quarantine folder."""
    folder = data_dir / FOLDER
    taken = (one.name for one in folder.iterdir()) if folder.is_dir() else ()
    return max((int(name) for name in taken if name.isdecimal()), default=0) + 1


def quarantine(path: Path, number: int, data_dir: Path | None = None) -> str:
    """Move a database file and what lies beside it into a quarantine folder.

    The file itself goes last: a move that was interrupted is ended by moving again.

    Args:
        path: The file.
        number: Of the folder.
        data_dir: Where the quarantine lies; None where it lies beside the file.

    Returns:
        The folder, as a path under the data directory.
    """
    data_dir = data_dir or path.parent
    folder = data_dir / FOLDER / str(number)
    folder.parent.mkdir(_OWNER_ONLY, exist_ok=True)
    folder.mkdir(_OWNER_ONLY, exist_ok=True)
    # A file that is moved into a folder whose own name is not on disk yet could go with it.
    for above in (data_dir, folder.parent):
        sync_folder(above)
    for suffix in (*SIDE_SUFFIXES, ""):
        moved = beside(path, suffix)
        if moved.exists():
            moved.rename(folder / moved.name)
    for changed in (folder, folder.parent, path.parent):
        sync_folder(changed)
    return f"{FOLDER}/{number}"
