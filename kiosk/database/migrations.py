"""Bringing a database file to the schema of this program, without ever working on the only copy.

Alembic's migrations of SQLite are not transactional: one that fails leaves half of itself behind.
So each runs on a copy, which takes the file's place only once it is whole; the old file is kept.
"""

import contextlib
import shutil
from functools import cache
from pathlib import Path

from kiosk.complaints import Complaint
from kiosk.database.drivers import DATABASE_ERRORS, OPERATIONAL_ERRORS, connect
from kiosk.database.files import (
    OWNER_ONLY,
    discard,
    fold_log,
    sync_file,
    sync_folder,
    sync_folders_above,
)
from kiosk.database.keys import StoreKey

_VERSION_QUERY = "SELECT version_num FROM alembic_version"
_IS_OURS_QUERY = "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"


def bring_up_to_date(path: Path, scripts: Path | str, key: StoreKey | None = None) -> None:
    """Create a database file, or migrate it, or leave it alone where its schema is the present one.

    The migrated file replaces the old one, which stays beside it as ``NAME.before-REVISION``.

    Args:
        path: The file; its folder is made where it is missing.
        scripts: Folder of the Alembic environment.
        key: Of the file.

    Raises:
        Complaint: The file is of a newer program, or is no database.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scripts = Path(scripts)
    present = schema_version(path, key)
    if present is not None and present == newest_revision(scripts):
        return
    if present is not None and present not in _revisions(scripts):
        raise newer_schema(path, present)
    copy = path.with_name(f"{path.name}.migrating")
    discard(copy)
    copy.touch(OWNER_ONLY)
    if present is None:
        sync_folders_above(path)
    else:
        _copy_database(path, copy, key)
    _upgrade(copy, scripts, key=key)
    _check(copy, key)
    if present is not None:
        # Renaming a WAL database away from its log would lose what is still in the log.
        fold_log(path, key)
        # Copied, not moved: at no moment is there a name without a whole file behind it.
        kept = path.with_name(f"{path.name}.before-{newest_revision(scripts)}")
        half = kept.with_name(f"{kept.name}.part")
        shutil.copy2(path, half)
        sync_file(half)
        half.replace(kept)
    # A log or a journal whose removal is not yet on disk would be played into the file that comes.
    sync_folder(path.parent)
    copy.replace(path)
    sync_folder(path.parent)


def schema_version(path: Path, key: StoreKey | None = None) -> str | None:
    """Return the schema's revision in a database file, or None where there is none yet.

    Raises:
        Complaint: The file is no database, or another program's.
    """
    if not path.exists() or (path.is_file() and path.stat().st_size == 0):
        return None
    with contextlib.closing(connect(path, key)) as connection:
        try:
            is_ours = connection.execute(_IS_OURS_QUERY).fetchone()[0]
            row = connection.execute(_VERSION_QUERY).fetchone() if is_ours else None
        except OPERATIONAL_ERRORS:
            raise
        except DATABASE_ERRORS:
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


def create(path: Path, scripts: Path, revision: str, key: StoreKey | None = None) -> None:
    """Make a database file of one revision, empty but for its tables; what was there goes.

    Args:
        path: The file.
        scripts: Folder of the Alembic environment.
        revision: One that this program knows.
        key: Of the file.
    """
    discard(path)
    path.touch(OWNER_ONLY)
    _upgrade(path, scripts, revision, key)


def is_newer(revision: str, scripts: Path) -> bool:
    """Tell whether a revision is one of a later program's: its form is ours, its number is not."""
    return revision.isdecimal() and revision > newest_revision(scripts)


def is_known(revision: str, scripts: Path) -> bool:
    """Tell whether this program has a revision."""
    return revision in _revisions(scripts)


def newer_schema(path: Path, revision: str) -> Complaint:
    """Return what is said of a file that only a newer program can read."""
    return Complaint(
        f"O arquivo {path.name} é de uma versão mais nova do programa (esquema {revision}). "
        "Atualize o programa; o arquivo não foi tocado."
    )


def _upgrade(
    path: Path, scripts: Path, revision: str = "head", key: StoreKey | None = None
) -> None:
    # Imported here because it is slow and a start with a present schema has no need of it.
    from alembic import command
    from alembic.config import Config

    from kiosk.database.engines import open_sqlite

    engine = open_sqlite(path, key)
    try:
        with engine.connect() as connection:
            config = Config()
            config.set_main_option("script_location", str(scripts).replace("%", "%%"))
            config.set_main_option("path_separator", "os")
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            connection.commit()
    finally:
        engine.dispose()
    fold_log(path, key)
    _give_back_room(path, key)


def _give_back_room(path: Path, key: StoreKey | None) -> None:
    with contextlib.closing(connect(path, key)) as connection:
        pages, free = (
            connection.execute(f"PRAGMA {count}").fetchone()[0]
            for count in ("page_count", "freelist_count")
        )
        if free > pages // 2:
            connection.execute("VACUUM")


def _copy_database(source: Path, target: Path, key: StoreKey | None) -> None:
    shutil.copymode(source, target)
    with (
        contextlib.closing(connect(source, key)) as old,
        contextlib.closing(connect(target, key)) as new,
    ):
        old.backup(new)


def _check(path: Path, key: StoreKey | None) -> None:
    with contextlib.closing(connect(path, key)) as connection:
        word = connection.execute("PRAGMA integrity_check").fetchone()[0]
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if word != "ok" or broken is not None:
        raise Complaint(
            f"A atualização de {path.name} não passou na verificação. O arquivo anterior ficou "
            "como estava; chame a equipe de operação."
        )
    sync_file(path)
