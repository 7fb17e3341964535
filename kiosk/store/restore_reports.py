"""What a restoration has to tell, kept in the store until a member of staff has read it."""

import json
import sqlite3
from dataclasses import asdict

from sqlalchemy import Engine, delete, select

from kiosk.database.engines import reading
from kiosk.domain.restorations import Damage, RestoreReport
from kiosk.store.audit_trails import Event, append, note
from kiosk.store.tables import meta

_PREFIX = "restored:"


def keep_report(store: sqlite3.Connection, report: RestoreReport) -> None:
    """Write a report into a store that is being put together.

    Args:
        store: Within a transaction of the caller's.
        report: What is told.
    """
    store.execute(
        "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
        (f"{_PREFIX}{report.number:06d}", json.dumps(asdict(report)).encode()),
    )
    append(
        store, Event(report.restored_at, "restored", None, f"{report.found} {report.quarantine}")
    )


def last_number(store: sqlite3.Connection) -> int:
    """Return the highest number of a report that a store tells of, read or not, or 0."""
    keys = store.execute("SELECT key FROM meta WHERE key LIKE ?", (f"{_PREFIX}%",))
    lines = store.execute("SELECT detail FROM audit WHERE event = 'restored'")
    told = [
        *(key.removeprefix(_PREFIX) for (key,) in keys),
        *((detail or "").rpartition("/")[2] for (detail,) in lines),
    ]
    return max((int(one) for one in told if one.isdecimal()), default=0)


def unread_reports(engine: Engine) -> list[RestoreReport]:
    """Return what nobody has read yet, the oldest first."""
    query = select(meta.c.value).where(meta.c.key.startswith(_PREFIX)).order_by(meta.c.key)
    with reading(engine).connect() as connection:
        told = [json.loads(value) for value in connection.execute(query).scalars()]
    return [RestoreReport(**{**one, "found": Damage(one["found"])}) for one in told]


def mark_read(engine: Engine, number: int, by: str, now_ms: int) -> None:
    """Note that somebody has read a report; it is not told again, and stays in the audit.

    Args:
        engine: The store.
        number: Of the report.
        by: Who has read it.
        now_ms: This machine's clock.
    """
    with engine.begin() as connection:
        gone = connection.execute(delete(meta).where(meta.c.key == f"{_PREFIX}{number:06d}"))
        if gone.rowcount:
            note(connection, now_ms, "restore_read", None, f"{by}: {number}")
