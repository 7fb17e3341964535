"""Writing a database file anew under another key, so that at no moment there is no whole one.

It is written beside the old one, checked against it, brought to disk and renamed into its place.
"""

import contextlib
import logging
import sqlite3
from pathlib import Path

from kiosk.database.damages import find_damage
from kiosk.database.drivers import ERRORS, attach, connect
from kiosk.database.files import OWNER_ONLY, beside, discard, fold_log, sync_file, sync_folder
from kiosk.database.keys import StoreKey
from kiosk.database.sealed_pages import opens_with
from kiosk.store.account_copies import FILE_NAME as COPY_NAME
from kiosk.store.backups import backups_of
from kiosk.store.disks import is_disk_full
from kiosk.store.files import FILE_NAME as STORE_NAME
from kiosk.store.quarantines import next_number, quarantine

_SUFFIX = ".rewriting"
_SCHEMA = (
    "SELECT type, name, tbl_name, sql FROM sqlite_schema"
    " WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"
)
_log = logging.getLogger(__name__)


class NotTheSame(Exception):
    """What was written is not what was read."""


def rewrite(path: Path, old: StoreKey | None, new: StoreKey) -> None:
    """Put a file under another key in its place; a file that is killed on the way is as it was.

    Args:
        path: The file, whole, open in no program.
        old: Its key; None where it is plain.
        new: The key it is to have.

    Raises:
        NotTheSame: The new file did not pass its check; the old one is in its place.
        OSError: The disk failed, and the same.
        sqlite3.Error, sqlcipher3.dbapi2.Error: The old one cannot be read.
    """
    part = beside(path, _SUFFIX)
    discard(part)
    part.touch(OWNER_ONLY)
    if any(beside(path, suffix).exists() for suffix in ("-wal", "-journal")):
        fold_log(path, old)
    with contextlib.closing(connect(part, new, isolation_level=None)) as target:
        if old is None:
            _export(path, target)
        else:
            with contextlib.closing(connect(path, old, isolation_level=None)) as source:
                source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    if find_damage(part, full=True, key=new) is not None or _content(part, new) != _content(
        path, old
    ):
        discard(part)
        raise NotTheSame
    sync_file(part)
    # A log of the old file whose removal is not yet on disk would be played into the new one.
    sync_folder(path.parent)
    part.replace(path)
    sync_folder(path.parent)


def rewrite_all(data_dir: Path, old: StoreKey | None, new: StoreKey) -> None:
    """Put the store of a data directory and all that was made of it under another key.

    What has the new key already stays: after a kill this goes on where it was. A backup that cannot
    be read is set aside, and the copy of the registry's word, which can be made again, goes.

    Args:
        data_dir: The data directory, open in no program.
        old: As for ``rewrite``.
        new: The same.

    Raises:
        NotTheSame: As ``rewrite`` does, for the store itself.
        OSError: The disk failed.
        sqlite3.Error, sqlcipher3.dbapi2.Error: The store cannot be read.
    """
    store = data_dir / STORE_NAME
    if _has_to_be_written(store, new):
        rewrite(store, old, new)
    for one in (*backups_of(data_dir), *_kept_by_migrations(data_dir)):
        if _has_to_be_written(one, new):
            _rewrite_or_set_aside(one, old, new, data_dir)
    copy = data_dir / COPY_NAME
    if _has_to_be_written(copy, new):
        try:
            rewrite(copy, old, new)
        except (*ERRORS, NotTheSame) as error:
            if is_disk_full(error):
                raise
            discard(copy)
    for one in _half_files(data_dir):
        discard(one)


def _rewrite_or_set_aside(path: Path, old: StoreKey | None, new: StoreKey, data_dir: Path) -> None:
    try:
        rewrite(path, old, new)
    except (*ERRORS, NotTheSame) as error:
        if is_disk_full(error):
            raise
        folder = quarantine(path, next_number(data_dir), data_dir)
        _log.error("file_unreadable", extra={"file": path.name, "quarantine": folder})


def _has_to_be_written(path: Path, new: StoreKey) -> bool:
    return path.exists() and path.stat().st_size > 0 and not opens_with(path, new)


def _kept_by_migrations(data_dir: Path) -> list[Path]:
    found = data_dir.glob(f"{STORE_NAME}.before-*")
    return sorted(one for one in found if one.suffix not in (".part", _SUFFIX))


def _half_files(data_dir: Path) -> list[Path]:
    """Return what killed programs left half-written, under whatever key."""
    patterns = (
        f"*{_SUFFIX}",
        f"backups/*{_SUFFIX}",
        "backups/*.part",
        f"{STORE_NAME}.migrating",
        f"{STORE_NAME}.before-*.part",
        f"{COPY_NAME}.loading",
    )
    return [one for pattern in patterns for one in data_dir.glob(pattern)]


def _export(path: Path, target: sqlite3.Connection) -> None:
    attach(target, path, "plain", None)
    target.execute("SELECT sqlcipher_export('main', 'plain')")
    version = target.execute("PRAGMA plain.user_version").fetchone()[0]
    target.execute(f"PRAGMA main.user_version={version}")
    target.execute("DETACH plain")


def _content(path: Path, key: StoreKey | None) -> list[object]:
    """Return what must be the same before and after: the schema, and how much is in each table."""
    with contextlib.closing(connect(path, key, isolation_level=None)) as connection:
        schema = connection.execute(_SCHEMA).fetchall()
        told: list[object] = [connection.execute("PRAGMA user_version").fetchone(), *schema]
        for kind, name, _, _ in schema:
            if kind == "table":
                rows = connection.execute(f'SELECT count(*) FROM "{name}"')  # noqa: S608 - names of this program's own schema
                told.append((name, rows.fetchone()[0]))
        if connection.execute(
            "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'"
        ).fetchone():
            told.extend(connection.execute("SELECT * FROM sqlite_sequence ORDER BY name"))
    return told
