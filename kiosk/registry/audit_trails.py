"""The registry's audit: a chain, appended to in the transaction of what it tells, its end sealed.

The seal is a MAC over the last line under a key of its own. It stops whoever edits tables; whoever
has the whole file has the key too, and is stopped by a head that was written down elsewhere.
"""

import hmac
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from kiosk.database.chained_tables import ChainedTable
from kiosk.database.engines import reading
from kiosk.database.statements import driver_of
from kiosk.domain.audit_chains import LINK_BYTES, Break, BreakKind, Head, Verdict
from kiosk.registry.tables import audit

TRAIL = ChainedTable(audit.name, ("at", "what", "device", "operation_id", "person_id", "detail"))
KEY_NAME, SEAL_NAME = "audit_key", "audit_seal"
_NUMBER_BYTES = 8
_SEALED_BYTES = _NUMBER_BYTES + LINK_BYTES
_FIND = "SELECT value FROM meta WHERE name = ?"
_KEEP = (
    "INSERT INTO meta (name, value) VALUES (?, ?)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


class Event(NamedTuple):
    """One line.

    Attributes:
        at: Registry time, milliseconds since 1970.
        person_id: The plan's own number; nothing else of a person is ever in a line.
        detail: Without personal data.
    """

    at: int
    what: str
    device: str | None = None
    operation_id: bytes | None = None
    person_id: str | None = None
    detail: str | None = None


def append(driver: sqlite3.Connection, events: Iterable[Event]) -> Head:
    """Write events behind the last one, and seal the new end; return it.

    Args:
        driver: In a transaction that keeps other writers out from its beginning.
        events: In their order; they may be many, and are not held in memory.
    """
    head = TRAIL.append(driver, events)
    seal(driver, head)
    return head


def note(connection: Connection, event: Event) -> None:
    """Write one event in the transaction of a connection, which writes."""
    append(driver_of(connection), [event])


def seal(driver: sqlite3.Connection, head: Head) -> None:
    """Keep the end of the chain under the MAC."""
    key = _value(driver, KEY_NAME)
    said = head.number.to_bytes(_NUMBER_BYTES, "big") + head.link
    driver.execute(_KEEP, (SEAL_NAME, said + hmac.digest(key or b"", said, "sha256")))


def verify_trail(engine: Engine, known: Iterable[Head] = ()) -> Verdict:
    """Look for the first broken place of the chain, as of one moment.

    Args:
        engine: The registry's database.
        known: Heads that were written down.
    """
    with reading(engine).connect() as connection:
        driver = driver_of(connection)
        sealed = _sealed(driver)
        verdict = TRAIL.verify(driver, [*known, *([] if sealed is None else [sealed])])
    if verdict.broken is not None or (sealed is not None and sealed.number == verdict.head.number):
        return verdict
    unsealed = 1 if sealed is None else sealed.number + 1
    return replace(verdict, broken=Break(BreakKind.UNSEALED, unsealed))


def last_events(engine: Engine, count: int) -> list[tuple[int, Event]]:
    """Return the last lines with their numbers, the oldest of them first."""
    with reading(engine).connect() as connection:
        driver = driver_of(connection)
        after = max(0, TRAIL.head(driver).number - count)
        return [(line.number, Event(*line.values)) for line in TRAIL.lines(driver, after)]  # type: ignore[arg-type]


def _sealed(driver: sqlite3.Connection) -> Head | None:
    key, kept = _value(driver, KEY_NAME), _value(driver, SEAL_NAME)
    if key is None or kept is None:
        return None
    said, mac = kept[:_SEALED_BYTES], kept[_SEALED_BYTES:]
    if not hmac.compare_digest(mac, hmac.digest(key, said, "sha256")):
        return None
    return Head(int.from_bytes(said[:_NUMBER_BYTES], "big"), said[_NUMBER_BYTES:])


def _value(driver: sqlite3.Connection, name: str) -> bytes | None:
    row = driver.execute(_FIND, (name,)).fetchone()
    return row[0] if row is not None and isinstance(row[0], bytes) else None
