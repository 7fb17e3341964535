"""Laying the audit of a damaged store behind that of the backup that takes its place."""

import sqlite3
from collections.abc import Iterator

from kiosk.database.chained_tables import ChainedTable
from kiosk.domain.audit_chains import Head, Value, link_of
from kiosk.store.audit_trails import (
    CHAIN_BEGAN,
    CHAIN_RESTORED,
    TRAIL,
    Event,
    append,
    forget_known,
    known_head,
)

_SALVAGED = ChainedTable(f"salvaged.{TRAIL.name}", TRAIL.columns)
_NAMES = ", ".join(("id", *TRAIL.columns, "link"))
_INSERT = (
    f"INSERT INTO main.{TRAIL.name} ({_NAMES})"  # noqa: S608 - names of this program's own schema
    f" VALUES ({', '.join('?' * (len(TRAIL.columns) + 2))})"
)
_COPIES = f" FROM {_SALVAGED.name} WHERE id > ? AND event <> '{CHAIN_BEGAN}'"


def lay_audit_over(store: sqlite3.Connection, at: int) -> None:
    """Continue the backup's chain with what was salvaged, and say in it what that was.

    Lines that fit behind the backup's stay what they were. Those behind a line that is gone cannot:
    they follow as copies, under new numbers, after the line that tells so.

    Args:
        store: The backup's copy, in a transaction, with the salvaged rows attached.
        at: This machine's clock, milliseconds since 1970.
    """
    backup = TRAIL.head(store)
    last_salvaged = _SALVAGED.head(store)
    told = known_head(store)
    store.executemany(_INSERT, _fitting(store, backup))
    kept = TRAIL.head(store)
    after = kept.number if kept.number > backup.number else _last_recorded(store)
    known = max(
        (one for one in (kept, last_salvaged, told) if one is not None),
        key=lambda head: head.number,
    )
    (copies,) = store.execute(f"SELECT count(*){_COPIES}", (after,)).fetchone()
    detail = f"known={known} kept={kept.number} copies={copies}"
    append(store, Event(at, CHAIN_RESTORED, None, detail))
    rows = store.execute(f"SELECT {', '.join(TRAIL.columns)}{_COPIES} ORDER BY id", (after,))
    TRAIL.append(store, rows)
    # It stands in the chain now, and the device's next words are not to be held against it.
    forget_known(store)


def _fitting(store: sqlite3.Connection, head: Head) -> Iterator[tuple[Value, ...]]:
    """Yield the salvaged lines that go on from a head, up to the first that does not."""
    link = head.link
    for line in _SALVAGED.lines(store, head.number):
        link = link_of(link, line.number, line.values)
        if line.link != link:
            return
        yield (line.number, *line.values, link)


def _last_recorded(store: sqlite3.Connection) -> int:
    """Return the last line of a backup that its own migration has not just written."""
    (last,) = store.execute(
        f"SELECT max(id) FROM main.{TRAIL.name} WHERE event <> ?",  # noqa: S608 - names of this program's own schema
        (CHAIN_BEGAN,),
    ).fetchone()
    return last or 0
