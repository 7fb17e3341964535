"""Opening the device's store."""

import sqlite3
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from kiosk.complaints import Complaint
from kiosk.database.engines import open_sqlite
from kiosk.database.migrations import bring_up_to_date

FILE_NAME = "device.sqlite3"
SCRIPTS = Path(__file__).parent / "migrations"


def open_store(data_dir: Path) -> Engine:
    """Open the store in a data directory, made and migrated where needed.

    Raises:
        Complaint: The file is of a newer program, is no database, or the folder cannot be used.
    """
    path = data_dir / FILE_NAME
    try:
        bring_up_to_date(path, SCRIPTS)
    except (OSError, sqlite3.OperationalError, OperationalError):
        raise Complaint(
            f"A pasta de dados {data_dir} não pode ser usada. Confira se ela existe, se há espaço "
            "e se este usuário pode escrever nela, ou indique outra com --data."
        ) from None
    return open_sqlite(path)
