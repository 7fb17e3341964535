"""Opening the device's store."""

import sqlite3
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from kiosk.complaints import unusable_data_dir
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
        engine = open_sqlite(path)
        with engine.begin():
            # Whoever may only read, or finds it held by another, hears so before anybody acts.
            pass
    except (OSError, sqlite3.OperationalError, OperationalError):
        raise unusable_data_dir(data_dir) from None
    return engine
