"""Bringing a database file to the schema of this program, without ever working on the only copy.

Alembic's migrations of SQLite are not transactional: one that fails leaves half of itself behind.
So each runs on a copy, which takes the file's place only once it is whole; the old file is kept.
"""

import contextlib
import os
import shutil
import sqlite3
from functools import cache
from pathlib import Path

from kiosk.complaints import Complaint

_VERSION_QUERY = "SELECT version_num FROM alembic_version"
_IS_OURS_QUERY = "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
# People's data: nobody but the owner of the process, unless whoever runs it says so.
_OWNER_ONLY = 0o600


def bring_up_to_date(path: Path, scripts: Path | str) -> None:
    """Create a database file, or migrate it, or leave it alone where its schema is the present one.

    The migrated file replaces the old one, which stays beside it as ``NAME.before-REVISION``.

    Args:
        path: The file; its folder is made where it is missing.
        scripts: Folder of the Alembic environment.

    Raises:
        Complaint: The file is of a newer program, or is no database.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scripts = Path(scripts)
    present = schema_version(path)
    if present is not None and present == newest_revision(scripts):
        return
    if present is not None and present not in _revisions(scripts):
        raise Complaint(
            f"O arquivo {path.name} é de uma versão mais nova do programa (esquema {present}). "
            "Atualize o programa; o arquivo não foi tocado."
        )
    copy = path.with_name(f"{path.name}.migrating")
    _discard(copy)
    copy.touch(_OWNER_ONLY)
    if present is not None:
        _copy_database(path, copy)
    _upgrade(copy, scripts)
    _check(copy)
    if present is not None:
        # Renaming a WAL database away from its log would lose what is still in the log.
        _fold_log(path)
        # Copied, not moved: at no moment is there a name without a whole file behind it.
        shutil.copy2(path, path.with_name(f"{path.name}.before-{newest_revision(scripts)}"))
    copy.replace(path)
    _sync_folder(path.parent)


def schema_version(path: Path) -> str | None:
    """Return the schema's revision in a database file, or None where there is none yet.

    Raises:
        Complaint: The file is no database, or another program's.
    """
    if not path.exists() or (path.is_file() and path.stat().st_size == 0):
        return None
    with contextlib.closing(sqlite3.connect(path)) as connection:
        try:
            is_ours = connection.execute(_IS_OURS_QUERY).fetchone()[0]
            row = connection.execute(_VERSION_QUERY).fetchone() if is_ours else None
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            row = None
    if row is None:
        raise Complaint(
            f"O arquivo {path.name} não é um banco de dados deste programa ou está danificado. "
            "Ele não foi tocado: indique outro com --data ou --database."
        )
    return str(row[0])


@cache
def newest_revision(scripts: Path) -> str:
    """Return the revision this program wants: the name of its last migration file up to ``_``."""
    return max(_revisions(scripts))


@cache
def _revisions(scripts: Path) -> frozenset[str]:
    # The files are named REVISION_what.py with growing revisions, so the common start, in which
    # nothing is to be done, need not import Alembic (a third of a second).
    return frozenset(
        file.name.partition("_")[0] for file in (scripts / "versions").glob("[0-9]*_*.py")
    )


def _upgrade(path: Path, scripts: Path) -> None:
    # Imported here because it is slow and a start with a present schema has no need of it.
    from alembic import command
    from alembic.config import Config

    from kiosk.database.engines import open_sqlite

    engine = open_sqlite(path)
    try:
        with engine.connect() as connection:
            config = Config()
            config.set_main_option("script_location", str(scripts).replace("%", "%%"))
            config.set_main_option("path_separator", "os")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    finally:
        engine.dispose()
    _fold_log(path)


def _copy_database(source: Path, target: Path) -> None:
    shutil.copymode(source, target)
    with (
        contextlib.closing(sqlite3.connect(source)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)


def _fold_log(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _check(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        word = connection.execute("PRAGMA integrity_check").fetchone()[0]
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if word != "ok" or broken is not None:
        raise Complaint(
            f"A atualização de {path.name} não passou na verificação. O arquivo anterior ficou "
            "como estava; chame a equipe de operação."
        )
    # Opened for writing, since Windows flushes no other.
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _discard(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
