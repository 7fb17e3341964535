"""Opening the device's store."""

from pathlib import Path

from sqlalchemy import Engine, event

from kiosk.clocks import SystemClock
from kiosk.complaints import unusable_data_dir
from kiosk.database.engines import open_sqlite
from kiosk.database.keys import StoreKey
from kiosk.database.migrations import bring_up_to_date
from kiosk.database.statements import DATABASE_FAILURES
from kiosk.store.restorations import put_right
from kiosk.store.running_marks import RunningMark
from kiosk.store.tried_marks import note_all_tried

FILE_NAME = "device.sqlite3"
SCRIPTS = Path(__file__).parent / "migrations"


def open_store(data_dir: Path, key: StoreKey | None = None) -> Engine:
    """Open the store in a data directory: made, put right and migrated where needed.

    What was put right is told by ``kiosk.store.restore_reports.unread_reports``. The directory is
    marked as in use until the engine is disposed of.

    Raises:
        Complaint: The file is of a newer program or another's, is damaged beyond what can be put
            right, or the folder cannot be used.
    """
    path = data_dir / FILE_NAME
    mark = RunningMark(path, key)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        ended_suddenly = mark.ended_uncleanly()
        put_right(path, SCRIPTS, SystemClock().now_ms, key)
        bring_up_to_date(path, SCRIPTS, key)
        engine = open_sqlite(path, key)
        # Whoever may only read, or finds it held by another, hears so before anybody acts.
        with engine.begin() as connection:
            if ended_suddenly:
                # Here, and not by whoever delivers: the first to open it may be a command.
                note_all_tried(connection)
        mark.set()
    except (OSError, *DATABASE_FAILURES):
        raise unusable_data_dir(data_dir) from None
    event.listen(engine, "engine_disposed", lambda _: mark.close())
    return engine
