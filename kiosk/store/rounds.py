"""One round of the worker over the queue: a batch of rows taken, and a batch of answers recorded.

Both go straight to the driver, a statement for all rows: a desk that was long without line has
thousands of them, and a person may stand before it.
"""

import logging
import sqlite3
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import and_, bindparam, delete, literal_column, null, or_, select, update
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from kiosk.database.statements import driver_sql, reading_odd_text, sql_in_order
from kiosk.domain.operations import ParkedReason
from kiosk.store.audit_trails import Event, append
from kiosk.store.queued_operations import ClaimedOperation, Settlement
from kiosk.store.resendings import keep
from kiosk.store.tables import outbox, receipts
from kiosk.wire.messages import OperationMessage, encode

LEASE_MS = 60_000
# Nothing is claimed or told to wait for as long: what says so was changed by the disk.
LONGEST_HOLD_MS = 24 * 3_600_000
_ID_BYTES = 16

_log = logging.getLogger(__name__)


def _is_free(columns: Any) -> ColumnElement[bool]:
    now: BindParameter[int] = bindparam("now")
    latest: BindParameter[int] = bindparam("latest")
    held = (columns.claimed_until, columns.not_before)
    return and_(*(or_(until.is_(None), until <= now, until > latest) for until in held))


_earlier = outbox.alias("earlier")
# Only what follows another can stand behind one, and few rows are held, which have an index.
_HELD_BACK = outbox.c.follows.is_not(None) & (
    select(_earlier.c.sequence)
    .where(_earlier.c.claimed_until.is_not(None) | _earlier.c.not_before.is_not(None))
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
_PARK_NAMELESS = sql_in_order(
    update(outbox)
    .where(outbox.c.sequence == bindparam("of"))
    .values(claimed_until=null(), not_before=null(), parked_reason=bindparam("why")),
    *("why", "of"),
)
_LEAVE = sql_in_order(delete(outbox).where(outbox.c.id == bindparam("gone")), "gone")


def claim(
    driver: sqlite3.Connection, monotonic_ms: int, limit: int, max_bytes: int
) -> list[ClaimedOperation]:
    """Take rows as ``Outbox.claim`` tells."""
    claimed: list[ClaimedOperation] = []
    total = 0
    values = {"now": monotonic_ms, "latest": monotonic_ms + LONGEST_HOLD_MS, "limit": limit}
    with reading_odd_text(driver, "surrogateescape"):
        rows = driver.execute(FREE, values).fetchall()
    for row in rows:
        *said, attempts, subject, digest = row
        operation, sequence = said[0], said[3]
        if not isinstance(operation, bytes) or len(operation) != _ID_BYTES:
            # Whoever takes it could not name it any more.
            driver.execute(_PARK_NAMELESS, (ParkedReason.DAMAGED.value, sequence))
            _log.error("nameless_operation_parked", extra={"reason": ParkedReason.DAMAGED})
            continue
        message = _whole_message(said, digest)
        total += 0 if message is None else len(message.body)
        if claimed and total > max_bytes:
            break
        claimed.append(
            ClaimedOperation(
                UUID(bytes=operation),
                _UNREADABLE if message is None else message,
                # What cannot be counted any more may have been sent.
                attempts if isinstance(attempts, int) else 1,
                subject,
                is_whole=message is not None,
            )
        )
    until = monotonic_ms + LEASE_MS
    driver.executemany(_CLAIM, [(until, one.id.bytes) for one in claimed])
    return claimed


def settle(driver: sqlite3.Connection, settlements: Sequence[Settlement], now_ms: int) -> int:
    """Record answers as ``Outbox.settle`` tells; return how many rows have left the queue."""
    outcomes: list[tuple[object, ...]] = []
    gone: list[tuple[bytes]] = []
    audited: list[Event] = []
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
        audited.append(Event(now_ms, outcome, operation, reason))
    driver.executemany(_RECORD_OUTCOME, outcomes)
    keep(driver, settlements)
    left = driver.executemany(_LEAVE, gone).rowcount
    append(driver, *audited)
    return left


def message_of(row: Any) -> OperationMessage:
    """Return what a row of the outbox says to the registry."""
    return _message(*_said(row))


def whole_message_of(row: Any) -> OperationMessage | None:
    """Return what a row of the outbox says; None where the disk has changed what was recorded."""
    return _whole_message(_said(row), row.digest)


def _said(row: Any) -> tuple[Any, ...]:
    return (
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


def _whole_message(said: Sequence[Any], digest: object) -> OperationMessage | None:
    try:
        message = _message(*said)
        if digest is None:
            # Of a program that made none: at least everything is of its kind.
            again = msgspec.json.decode(encode(message), type=OperationMessage)
            return message if again == message else None
        return message if digest == message.digest() else None
    except (AttributeError, TypeError, ValueError, OverflowError, msgspec.MsgspecError):
        return None


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


# Stands for what cannot be read, and is never sent.
_UNREADABLE = OperationMessage(
    id="", kind="", receipt="", sequence=0, seen=None, made_at=0, body=b""
)
