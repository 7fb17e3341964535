"""The audit of this device: a chain, appended to in the transaction of what it tells."""

import sqlite3
from typing import NamedTuple

from sqlalchemy import Connection

from kiosk.database.chained_tables import ChainedTable
from kiosk.database.statements import driver_of
from kiosk.domain.audit_chains import LINK_BYTES, ChainReport, Head
from kiosk.store.tables import audit

TRAIL = ChainedTable(audit.name, ("at", "event", "operation", "detail"))
# Written by the migration behind what an older program left, and by a restoration.
CHAIN_BEGAN, CHAIN_RESTORED = "chain_began", "chain_restored"
CHAIN_CONTRADICTED = "chain_contradicted"
_KNOWN = "audit_known"
_NUMBER_BYTES = 8
_KEEP = (
    "INSERT INTO meta (key, value) VALUES (?, ?)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_FIND = "SELECT value FROM meta WHERE key = ?"
_RESTORATIONS = f"SELECT count(*) FROM audit WHERE event = '{CHAIN_RESTORED}'"  # noqa: S608 - a word of this program's own


class Event(NamedTuple):
    """One line.

    Attributes:
        at: This machine's clock, milliseconds since 1970.
        operation: Id of the operation it speaks of.
        detail: Without personal data.
    """

    at: int
    event: str
    operation: bytes | None = None
    detail: str | None = None


def append(driver: sqlite3.Connection, *events: Event) -> Head:
    """Write events behind the last one; return the new end.

    Args:
        driver: In a transaction that keeps other writers out from its beginning.
        events: In their order.
    """
    return TRAIL.append(driver, events)


def note(
    connection: Connection,
    at: int,
    event: str,
    operation: bytes | None = None,
    detail: str | None = None,
) -> None:
    """Write one event in the transaction of a connection."""
    append(driver_of(connection), Event(at, event, operation, detail))


def report(driver: sqlite3.Connection, at: int | None) -> ChainReport:
    """Return what this device says of its chain.

    Args:
        driver: In a transaction.
        at: The line that the registry knew last; None for the one that is kept.
    """
    if at is None:
        kept = known_head(driver)
        at = None if kept is None else kept.number
    return ChainReport(
        head=TRAIL.head(driver),
        restorations=driver.execute(_RESTORATIONS).fetchone()[0],
        at=at,
        link=None if at is None else TRAIL.link_at(driver, at),
    )


def keep_known(driver: sqlite3.Connection, head: Head) -> None:
    """Keep the head that the registry has said to hold."""
    driver.execute(_KEEP, (_KNOWN, head.number.to_bytes(_NUMBER_BYTES, "big") + head.link))


def known_head(driver: sqlite3.Connection) -> Head | None:
    """Return the head that the registry has said to hold; None before the first."""
    row = driver.execute(_FIND, (_KNOWN,)).fetchone()
    kept = None if row is None else row[0]
    if not isinstance(kept, bytes) or len(kept) != _NUMBER_BYTES + LINK_BYTES:
        return None
    return Head(int.from_bytes(kept[:_NUMBER_BYTES], "big"), kept[_NUMBER_BYTES:])


def forget_known(driver: sqlite3.Connection) -> None:
    """Forget it, after a restoration, which has written it into the chain."""
    driver.execute("DELETE FROM meta WHERE key = ?", (_KNOWN,))
