"""The outbox: operations recorded here and not yet answered by the registry.

A row's state is derived, never stored: **parked** where a person must look at it, **claimed** while
its lease runs, else **waiting**. A lease heals itself when the program that held it died.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Engine,
    Row,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from kiosk.database.engines import reading
from kiosk.domain.operations import Outcome
from kiosk.store.intakes import record_operation
from kiosk.store.queued_operations import (
    AlreadyWaiting,
    ClaimedOperation,
    NewOperation,
    OutboxCounts,
    Recorded,
    Settlement,
)
from kiosk.store.tables import audit, outbox, receipts

LEASE_MS = 60_000
LONGEST_WAIT_MS = 3_600_000
_LOOK_AHEAD = 100


_NEW_AUDIT = insert(audit)
_LEAVE = delete(outbox).where(outbox.c.id == bindparam("gone"))
_RECORD_OUTCOME = (
    update(receipts)
    .where(receipts.c.operation == bindparam("of"), receipts.c.outcome.is_(None))
    .values(
        outcome=bindparam("new_outcome"),
        reason=bindparam("new_reason"),
        decided_at=bindparam("new_decided_at"),
    )
)
_REVISE_OUTCOME = (
    update(receipts)
    .where(receipts.c.operation == bindparam("of"))
    .values(
        outcome=bindparam("new_outcome"),
        reason=bindparam("new_reason"),
        decided_at=bindparam("new_decided_at"),
    )
)


class Outbox:
    """The queue of one device, in its store.

    Args:
        engine: The store.
        device_code: Begins the receipts made here.
    """

    def __init__(self, engine: Engine, device_code: str) -> None:
        self._engine = engine
        self._reader = reading(engine)
        self._device_code = device_code

    def record(self, new: NewOperation) -> Recorded | AlreadyWaiting:
        """Record an action, as ``kiosk.store.intakes.record_operation`` tells."""
        return record_operation(self._engine, self._device_code, new)

    def withdraw(self, operation: UUID, now_ms: int) -> bool:
        """Take back an operation that was never on its way; its receipt says so.

        Returns False where it is claimed, was tried, or is gone: then it may have had its effect.
        """
        with self._engine.begin() as connection:
            gone = connection.execute(
                delete(outbox).where(
                    outbox.c.id == operation.bytes,
                    outbox.c.attempts == 0,
                    outbox.c.claimed_until.is_(None),
                )
            )
            if gone.rowcount == 0:
                return False
            connection.execute(
                _RECORD_OUTCOME,
                _outcome_values(Settlement(operation, Outcome.WITHDRAWN, None, now_ms)),
            )
            connection.execute(_NEW_AUDIT, _audit_values(now_ms, "withdrawn", operation, None))
        return True

    def claim(self, now_ms: int, *, limit: int, max_bytes: int) -> list[ClaimedOperation]:
        """Take the oldest free operations under a lease, at most one batch.

        An operation is free unless it is parked, claimed, told to wait, or stands behind one of the
        same subject that is claimed or told to wait: order holds per subject, and only there.

        Args:
            now_ms: This machine's clock.
            limit: Most operations.
            max_bytes: Most bytes of bodies together; one operation always goes.
        """
        earlier = outbox.alias("earlier")
        held_back = (
            select(earlier.c.sequence)
            .where(earlier.c.subject == outbox.c.subject, earlier.c.sequence < outbox.c.sequence)
            .where(earlier.c.parked_reason.is_(None), ~_is_free(earlier.c, now_ms))
            .exists()
        )
        query = (
            select(outbox)
            .where(outbox.c.parked_reason.is_(None), _is_free(outbox.c, now_ms), ~held_back)
            .order_by(outbox.c.sequence)
            .limit(limit)
        )
        with self._engine.begin() as connection:
            rows = _within(connection.execute(query).all(), max_bytes)
            if rows:
                connection.execute(
                    update(outbox)
                    .where(outbox.c.sequence.in_([row.sequence for row in rows]))
                    .values(claimed_until=now_ms + LEASE_MS, attempts=outbox.c.attempts + 1)
                )
        return [_claimed(row) for row in rows]

    def settle(self, settlements: Sequence[Settlement], now_ms: int) -> None:
        """Record final answers under their receipts; in the same commit they leave the queue."""
        if not settlements:
            return
        with self._engine.begin() as connection:
            connection.execute(_RECORD_OUTCOME, [_outcome_values(one) for one in settlements])
            connection.execute(_LEAVE, [{"gone": one.id.bytes} for one in settlements])
            connection.execute(
                _NEW_AUDIT,
                [_audit_values(now_ms, one.outcome, one.id, one.reason) for one in settlements],
            )

    def revise(self, settlement: Settlement, now_ms: int) -> None:
        """Record a later word on an operation (a supervisor's decision after quarantine)."""
        with self._engine.begin() as connection:
            known = connection.execute(
                select(receipts.c.outcome, receipts.c.reason).where(
                    receipts.c.operation == settlement.id.bytes
                )
            ).one_or_none()
            if known is None or tuple(known) == (settlement.outcome, settlement.reason):
                return
            connection.execute(_REVISE_OUTCOME, _outcome_values(settlement))
            connection.execute(_LEAVE, {"gone": settlement.id.bytes})
            connection.execute(
                _NEW_AUDIT,
                _audit_values(now_ms, settlement.outcome, settlement.id, settlement.reason),
            )

    def release(self, operations: Collection[UUID], *, error: str, not_before: int | None) -> None:
        """Give claimed operations back to the queue after a failure of the line.

        Args:
            operations: What was claimed.
            error: What happened, without personal data.
            not_before: Instant before which they are not tried again, or None.
        """
        with self._engine.begin() as connection:
            connection.execute(
                update(outbox)
                .where(outbox.c.id.in_([one.bytes for one in operations]))
                .where(outbox.c.parked_reason.is_(None))
                .values(claimed_until=None, not_before=not_before, last_error=error)
            )

    def park(self, operation: UUID, reason: str, now_ms: int) -> None:
        """Set an operation aside for a person to look at; it blocks nothing."""
        with self._engine.begin() as connection:
            connection.execute(
                update(outbox)
                .where(outbox.c.id == operation.bytes)
                .values(claimed_until=None, parked_reason=reason)
            )
            connection.execute(_NEW_AUDIT, _audit_values(now_ms, "parked", operation, reason))

    def hasten(self, behind: UUID | None = None) -> None:
        """Let waiting operations be tried at once.

        Args:
            behind: Only those of the same subject as this operation; None for all.
        """
        wanted: ColumnElement[bool] = outbox.c.not_before.is_not(None)
        if behind is not None:
            wanted &= outbox.c.subject == (
                select(outbox.c.subject).where(outbox.c.id == behind.bytes).scalar_subquery()
            )
        with self._engine.begin() as connection:
            connection.execute(update(outbox).where(wanted).values(not_before=None))

    def next_free_at(self, now_ms: int) -> int | None:
        """Return the instant after ``now_ms`` at which a held operation comes free, or None.

        What only stands behind another is not held itself: it comes free with the other.
        """
        held_until = func.max(
            func.coalesce(outbox.c.not_before, 0), func.coalesce(outbox.c.claimed_until, 0)
        )
        oldest = (
            select(held_until.label("held_until"))
            .where(outbox.c.parked_reason.is_(None), held_until > now_ms)
            .order_by(outbox.c.sequence)
            .limit(_LOOK_AHEAD)
            .subquery()
        )
        with self._reader.connect() as connection:
            return connection.execute(select(func.min(oldest.c.held_until))).scalar()

    def counts(self) -> OutboxCounts:
        """Count what is unanswered."""
        with self._reader.connect() as connection:
            waiting, parked = connection.execute(
                select(func.count(), func.count(outbox.c.parked_reason)).select_from(outbox)
            ).one()
        return OutboxCounts(waiting, parked)


def _is_free(columns: Any, now_ms: int) -> ColumnElement[bool]:
    # A lease or a wait that ends later than any that is ever given comes from a clock that has
    # since been set back; it is over.
    claimed, wait = columns.claimed_until, columns.not_before
    unclaimed = claimed.is_(None) | (claimed <= now_ms) | (claimed > now_ms + LEASE_MS)
    unwaiting = wait.is_(None) | (wait <= now_ms) | (wait > now_ms + LONGEST_WAIT_MS)
    free: ColumnElement[bool] = unclaimed & unwaiting
    return free


def _within(rows: Sequence[Row[Any]], max_bytes: int) -> list[Row[Any]]:
    taken: list[Row[Any]] = []
    total = 0
    for row in rows:
        total += len(row.body)
        if taken and total > max_bytes:
            break
        taken.append(row)
    return taken


def _claimed(row: Row[Any]) -> ClaimedOperation:
    return ClaimedOperation(
        id=UUID(bytes=row.id),
        kind=row.kind,
        sequence=row.sequence,
        receipt=row.receipt,
        seen=row.seen,
        made_at=row.made_at,
        attempts=row.attempts,
        body=row.body,
    )


def _outcome_values(settlement: Settlement) -> dict[str, object]:
    return {
        "of": settlement.id.bytes,
        "new_outcome": settlement.outcome,
        "new_reason": settlement.reason,
        "new_decided_at": settlement.decided_at,
    }


def _audit_values(at: int, event: str, operation: UUID, detail: str | None) -> dict[str, object]:
    return {"at": at, "event": event, "operation": operation.bytes, "detail": detail}
