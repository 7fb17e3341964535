"""One round of the worker over the queue: a batch of rows taken, and a batch of answers recorded.

Both go straight to the driver, a statement for all rows: a desk that was long without line has
thousands of them, and a person may stand before it.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, literal_column, select, update
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from kiosk.database.statements import driver_sql, insert_sql, sql_in_order
from kiosk.store.queued_operations import ClaimedOperation, Settlement
from kiosk.store.tables import audit, outbox, receipts
from kiosk.wire.messages import OperationMessage

LEASE_MS = 60_000


def _is_free(columns: Any) -> ColumnElement[bool]:
    now: BindParameter[int] = bindparam("now")
    free: ColumnElement[bool] = (
        columns.claimed_until.is_(None) | (columns.claimed_until <= now)
    ) & (columns.not_before.is_(None) | (columns.not_before <= now))
    return free


_earlier = outbox.alias("earlier")
_HELD_BACK = (
    select(_earlier.c.sequence)
    .where(_earlier.c.subject == outbox.c.subject, _earlier.c.sequence < outbox.c.sequence)
    .where(_earlier.c.parked_reason.is_(None), ~_is_free(_earlier.c))
    .exists()
)
FREE = driver_sql(
    select(
        outbox.c.id,
        outbox.c.kind,
        outbox.c.receipt,
        outbox.c.sequence,
        outbox.c.acted_sequence,
        outbox.c.seen,
        outbox.c.made_at,
        outbox.c.body,
        outbox.c.replaces,
        outbox.c.attempts,
        outbox.c.subject,
        outbox.c.digest,
    )
    .where(outbox.c.parked_reason.is_(None), _is_free(outbox.c), ~_HELD_BACK)
    .order_by(outbox.c.sequence)
    .limit(bindparam("limit"))
    .offset(literal_column("0"))
)
_CLAIM = sql_in_order(
    update(outbox)
    .where(outbox.c.id == bindparam("of"))
    .values(claimed_until=bindparam("until"), attempts=outbox.c.attempts + literal_column("1")),
    *("until", "of"),
)
_RECORD_OUTCOME = sql_in_order(
    update(receipts)
    .where(receipts.c.operation == bindparam("of"), receipts.c.outcome.is_(None))
    .values(
        outcome=bindparam("new_outcome"),
        reason=bindparam("new_reason"),
        decided_at=bindparam("new_decided_at"),
        found_origin=bindparam("new_origin"),
        found_status=bindparam("new_status"),
        found_changed_at=bindparam("new_changed_at"),
    ),
    *("new_outcome", "new_reason", "new_decided_at"),
    *("new_origin", "new_status", "new_changed_at", "of"),
)
_LEAVE = sql_in_order(delete(outbox).where(outbox.c.id == bindparam("gone")), "gone")
_NEW_AUDIT = insert_sql(audit, "id")


def claim(
    driver: sqlite3.Connection, monotonic_ms: int, limit: int, max_bytes: int
) -> list[ClaimedOperation]:
    """Take rows as ``Outbox.claim`` tells."""
    claimed: list[ClaimedOperation] = []
    total = 0
    for row in driver.execute(FREE, {"now": monotonic_ms, "limit": limit}).fetchall():
        *said, attempts, subject, digest = row
        message = _message(*said)
        total += len(message.body)
        if claimed and total > max_bytes:
            break
        is_whole = digest is None or digest == message.digest()
        claimed.append(ClaimedOperation(UUID(bytes=row[0]), message, attempts, subject, is_whole))
    until = monotonic_ms + LEASE_MS
    driver.executemany(_CLAIM, [(until, one.id.bytes) for one in claimed])
    return claimed


def settle(driver: sqlite3.Connection, settlements: Sequence[Settlement], now_ms: int) -> int:
    """Record answers as ``Outbox.settle`` tells; return how many rows have left the queue."""
    outcomes: list[tuple[object, ...]] = []
    gone: list[tuple[bytes]] = []
    audited: list[tuple[object, ...]] = []
    for one in settlements:
        operation, found = one.id.bytes, one.found
        outcome = one.outcome.value
        reason = None if one.reason is None else one.reason.value
        had = (
            (None, None, None)
            if found is None
            else (found.origin.value, found.status.value, found.changed_at)
        )
        outcomes.append((outcome, reason, one.decided_at, *had, operation))
        gone.append((operation,))
        audited.append((now_ms, outcome, operation, reason))
    driver.executemany(_RECORD_OUTCOME, outcomes)
    left = driver.executemany(_LEAVE, gone).rowcount
    driver.executemany(_NEW_AUDIT, audited)
    return left


def message_of(row: Any) -> OperationMessage:
    """Return what a row of the outbox says to the registry."""
    return _message(
        row.id,
        row.kind,
        row.receipt,
        row.sequence,
        row.acted_sequence,
        row.seen,
        row.made_at,
        row.body,
        row.replaces,
    )


def _message(
    operation: bytes,
    kind: str,
    receipt: str,
    sequence: int,
    acted_sequence: int | None,
    seen: str | None,
    made_at: int,
    body: bytes,
    replaces: bytes | None,
) -> OperationMessage:
    return OperationMessage(
        id=operation.hex(),
        kind=kind,
        receipt=receipt,
        sequence=sequence if acted_sequence is None else acted_sequence,
        seen=seen,
        made_at=made_at,
        body=body,
        replaces=None if replaces is None else replaces.hex(),
    )
