"""Opening the registry's database, with its schema up to date."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from kiosk.complaints import Complaint
from kiosk.database.engines import open_url, sqlite_path, url_of
from kiosk.database.migrations import bring_up_to_date
from kiosk.database.statements import DATABASE_FAILURES

FILE_NAME = "registry.sqlite3"
SCRIPTS = Path(__file__).parent / "migrations"


def default_url(data_dir: Path) -> str:
    """Return the address of the database file in a data folder."""
    return url_of(data_dir / FILE_NAME)


def open_database(url: str) -> Engine:
    """Open a registry's database; a new one is made, an older one migrated.

    Args:
        url: ``sqlite:///FILE``; the folder is made where it is missing.

    Raises:
        Complaint: The address is not understood, the file cannot be used, or is of a newer program.
    """
    path = sqlite_path(url)
    try:
        bring_up_to_date(path, SCRIPTS)
    except (OSError, *DATABASE_FAILURES):
        raise Complaint(
            f"O banco do cadastro central {path} não pôde ser criado nem aberto. "
            "Verifique a pasta e as permissões, ou indique outro com --database."
        ) from None
    return open_url(url)


@contextmanager
def opened_database(url: str) -> Iterator[Engine]:
    """Open a registry's database for one command, and close it afterwards.

    Raises:
        Complaint: As for ``open_database``; or the database failed while the command was at work.
    """
    engine = open_database(url)
    try:
        yield engine
    except DATABASE_FAILURES:
        raise Complaint(
            f"O banco do cadastro central {sqlite_path(url)} não respondeu: outro comando o ocupa, "
            "falta espaço ou não há permissão de escrita. Tente de novo; nada foi gravado."
        ) from None
    except (sqlite3.DatabaseError, DatabaseError) as error:
        if not _is_damaged(error):
            raise
        raise Complaint(
            f"O banco do cadastro central {sqlite_path(url)} está danificado, e nada foi gravado. "
            "Guarde o arquivo e os que estão ao lado dele, e ponha a última cópia de segurança no "
            "lugar."
        ) from None
    finally:
        engine.dispose()


def _is_damaged(error: BaseException) -> bool:
    cause = error.orig if isinstance(error, DatabaseError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
