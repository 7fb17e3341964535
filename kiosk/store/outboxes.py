"""The outbox: operations recorded here and not yet answered by the registry.

A row's state is derived, never stored: **parked** where a person must look at it, **claimed** while
its lease runs, else **waiting**. Leases and waits are instants of the monotonic clock of the
program that gave them, which holds the data directory; for the next program they are void.
"""

import logging
import sqlite3
from collections.abc import Callable, Collection, Sequence
from uuid import UUID

from sqlalchemy import Engine, bindparam, delete, func, literal_column, select, update
from sqlalchemy.sql.elements import ColumnElement

from kiosk.database.engines import reading, writing
from kiosk.database.statements import driver_of, driver_sql
from kiosk.domain.audit_chains import ChainReport, Head
from kiosk.domain.operations import Outcome, Reason
from kiosk.store import audit_trails, resendings, rounds
from kiosk.store.audit_trails import note
from kiosk.store.intakes import record_operation
from kiosk.store.queued_operations import (
    AlreadyWaiting,
    ClaimedOperation,
    NewOperation,
    OutboxCounts,
    Recorded,
    Settlement,
)
from kiosk.store.subject_sieves import SubjectSieve
from kiosk.store.tables import outbox, receipts
from kiosk.store.tallies import Tally
from kiosk.store.tried_marks import tried_through

_COUNT = select(func.count()).select_from(outbox)
_PARKED = _COUNT.where(outbox.c.parked_reason.is_not(None))
_HELD = outbox.c.claimed_until.is_not(None) | outbox.c.not_before.is_not(None)
_HEAL = update(outbox).where(_HELD).values(claimed_until=None, not_before=None)
_SUBJECTS = driver_sql(
    select(outbox.c.subject).where(func.typeof(outbox.c.subject) == literal_column("'blob'"))
)
_held_until = func.max(
    func.coalesce(outbox.c.not_before, 0), func.coalesce(outbox.c.claimed_until, 0)
)
_NEXT_FREE = select(func.min(_held_until)).where(
    _HELD,
    outbox.c.parked_reason.is_(None),
    _held_until > bindparam("now"),
    _held_until <= bindparam("latest"),
)
_RELEASE = (
    update(outbox)
    .where(outbox.c.id == bindparam("of"), outbox.c.parked_reason.is_(None))
    .values(claimed_until=None, not_before=bindparam("until"), last_error=bindparam("error"))
)
_LEAVE = delete(outbox).where(outbox.c.id == bindparam("gone"))
_REVISE_OUTCOME = (
    update(receipts)
    .where(receipts.c.operation == bindparam("of"))
    .values(
        outcome=bindparam("new_outcome"),
        reason=bindparam("new_reason"),
        decided_at=bindparam("new_decided_at"),
        found_origin=bindparam("new_origin"),
        found_status=bindparam("new_status"),
        found_changed_at=bindparam("new_changed_at"),
    )
)
# Compared where they lie: a word that the disk has changed could not be read.
_REVISE_ANOTHER = _REVISE_OUTCOME.where(
    receipts.c.outcome.is_distinct_from(bindparam("new_outcome"))
    | receipts.c.reason.is_distinct_from(bindparam("new_reason"))
)

_log = logging.getLogger(__name__)


class Outbox:
    """The queue of one device, in its store.

    Args:
        engine: The store.
        device_code: Begins the receipts made here.
        cursor: Returns up to where this device knows the registry's word, or None.
        carried: Returns the sequence up to which operations may have left in an exported file.
    """

    def __init__(
        self,
        engine: Engine,
        device_code: str,
        cursor: Callable[[], str | None] = lambda: None,
        carried: Callable[[], int] = lambda: 0,
    ) -> None:
        self.engine = engine
        self._reader = reading(engine)
        self.device_code = device_code
        self._cursor = cursor
        self._carried = carried
        self._tried_through = 0
        self._waiting = Tally(self._count)
        self._sieve: SubjectSieve | None = None

    def heal(self) -> None:
        """Give back what a dead program had claimed, and count what waits.

        Said once, by whoever holds the directory, before anybody else works with the queue.
        """
        with self.engine.begin() as connection:
            connection.execute(_HEAL)
            self._tried_through = tried_through(connection)
            self._sieve_of(driver_of(connection))
        self._waiting.begin()
        resendings.forget_old(self.engine)

    def may_have_left(self) -> int:
        """Return the sequence up to which operations may have left this machine.

        Apart from those whose row says so: by an exported file, or on the line before a sudden end.
        """
        return max(self._carried(), self._tried_through)

    def record(self, new: NewOperation) -> Recorded | AlreadyWaiting:
        """Record an action, as ``kiosk.store.intakes.record_operation`` tells."""
        recorded = record_operation(
            self.engine, self.device_code, new, self._cursor(), self._sieve_of
        )
        if isinstance(recorded, Recorded):
            self._waiting.add(1)
            said = {"operation": new.id, "receipt": recorded.receipt, "kind": new.kind}
            _log.info("operation_recorded", extra=said)
        return recorded

    def withdraw(self, operation: UUID, now_ms: int) -> bool:
        """Take back an operation that was never on its way; its receipt says so.

        Returns False where it is claimed, was tried, exported, or is gone: then it may have had its
        effect, or may still have it.
        """
        with self.engine.begin() as connection:
            gone = connection.execute(
                delete(outbox).where(
                    outbox.c.id == operation.bytes,
                    outbox.c.sequence > self.may_have_left(),
                    outbox.c.attempts == 0,
                    outbox.c.claimed_until.is_(None),
                )
            )
            if gone.rowcount == 0:
                return False
            withdrawn = Settlement(operation, Outcome.WITHDRAWN, None, now_ms)
            rounds.settle(driver_of(connection), [withdrawn], now_ms)
        self.left(1)
        _log.info("operation_withdrawn", extra={"operation": operation})
        return True

    def claim(self, monotonic_ms: int, *, limit: int, max_bytes: int) -> list[ClaimedOperation]:
        """Take the oldest free operations under a lease, at most one batch.

        An operation is free unless it is parked, claimed, told to wait, or stands behind one of the
        same subject that is claimed or told to wait: order holds per subject, and only there.

        Args:
            monotonic_ms: This program's monotonic clock.
            limit: Most operations.
            max_bytes: Most bytes of bodies together; one operation always goes.
        """
        with writing(self.engine) as driver:
            return rounds.claim(driver, monotonic_ms, limit, max_bytes)

    def settle(
        self, settlements: Sequence[Settlement], now_ms: int, known: Head | None = None
    ) -> None:
        """Record final answers under their receipts; in the same commit they leave the queue.

        Args:
            settlements: The answers.
            now_ms: This machine's clock.
            known: The head of this device's chain that the registry holds.
        """
        if not settlements:
            return
        with writing(self.engine) as driver:
            gone = rounds.settle(driver, settlements, now_ms)
            if known is not None:
                audit_trails.keep_known(driver, known)
        self.left(gone)
        for (outcome, reason), operations in _by_answer(settlements).items():
            said = {"outcome": outcome, "reason": reason, "operations": operations}
            _log.info("operations_answered", extra=said)

    def chain(self, at: int | None) -> ChainReport:
        """Return what this device says of its audit.

        Args:
            at: The line that the registry knew last; None for the one that is kept.
        """
        with self._reader.connect() as connection:
            return audit_trails.report(driver_of(connection), at)

    def contradicted(self, told: Head, now_ms: int) -> None:
        """Write down that the registry holds a head which this chain never had."""
        with self.engine.begin() as connection:
            note(connection, now_ms, audit_trails.CHAIN_CONTRADICTED, None, f"known={told}")

    def revise(self, settlement: Settlement, now_ms: int) -> None:
        """Record a later word on an operation (a supervisor's decision after quarantine)."""
        with self.engine.begin() as connection:
            revised = connection.execute(_REVISE_ANOTHER, _outcome_values(settlement))
            if not revised.rowcount:
                return
            resendings.keep(driver_of(connection), [settlement])
            gone = connection.execute(_LEAVE, {"gone": settlement.id.bytes})
            note(connection, now_ms, settlement.outcome, settlement.id.bytes, settlement.reason)
        self.left(gone.rowcount)
        said = {
            "operation": settlement.id,
            "outcome": settlement.outcome,
            "reason": settlement.reason,
        }
        _log.info("operation_revised", extra=said)

    def release(self, operations: Collection[UUID], *, error: str, not_before: int | None) -> None:
        """Give claimed operations back to the queue after a failure of the line.

        Args:
            operations: What was claimed.
            error: What happened, without personal data.
            not_before: Instant of the monotonic clock, in ms, before which they are not tried
                again, or None.
        """
        if not operations:
            return
        values = [{"of": one.bytes, "until": not_before, "error": error} for one in operations]
        with self.engine.begin() as connection:
            connection.execute(_RELEASE, values)

    def park(self, operation: UUID, reason: str, now_ms: int) -> None:
        """Set an operation aside for a person to look at; it blocks nothing."""
        with self.engine.begin() as connection:
            connection.execute(
                update(outbox)
                .where(outbox.c.id == operation.bytes)
                .values(claimed_until=None, not_before=None, parked_reason=reason)
            )
            note(connection, now_ms, "parked", operation.bytes, reason)

    def joined(self, subjects: Collection[bytes]) -> None:
        """Note that operations of these people were queued again, in a commit that is on disk."""
        for one in subjects:
            if self._sieve is not None:
                self._sieve.add(one)
        self._waiting.add(len(subjects))

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
        with self.engine.begin() as connection:
            connection.execute(update(outbox).where(wanted).values(not_before=None))

    def next_free_at(self, monotonic_ms: int) -> int | None:
        """Return the instant after ``monotonic_ms`` at which a held one comes free, or None.

        What only stands behind another is not held itself: it comes free with the other.
        """
        with self._reader.connect() as connection:
            values = {"now": monotonic_ms, "latest": monotonic_ms + rounds.LONGEST_HOLD_MS}
            return connection.execute(_NEXT_FREE, values).scalar()

    def counts(self) -> OutboxCounts:
        """Count what is unanswered."""
        with self._reader.connect() as connection:
            parked: int = connection.execute(_PARKED).scalar_one()
        return OutboxCounts(self._waiting.value(), parked)

    def left(self, count: int) -> None:
        """Note that operations have left the queue, in a commit that is on disk."""
        self._waiting.add(-count)

    def _sieve_of(self, driver: sqlite3.Connection) -> SubjectSieve:
        """Return whoever has something waiting; in a transaction that keeps other writers out."""
        if self._sieve is None:
            self._sieve = SubjectSieve(row[0] for row in driver.execute(_SUBJECTS))
        return self._sieve

    def _count(self) -> int:
        with self._reader.connect() as connection:
            count: int = connection.execute(_COUNT).scalar_one()
        return count


def _by_answer(
    settlements: Sequence[Settlement],
) -> dict[tuple[Outcome, Reason | None], list[UUID]]:
    groups: dict[tuple[Outcome, Reason | None], list[UUID]] = {}
    for one in settlements:
        groups.setdefault((one.outcome, one.reason), []).append(one.id)
    return groups


def _outcome_values(settlement: Settlement) -> dict[str, object]:
    found = settlement.found
    return {
        "of": settlement.id.bytes,
        "new_outcome": settlement.outcome,
        "new_reason": settlement.reason,
        "new_decided_at": settlement.decided_at,
        "new_origin": None if found is None else found.origin,
        "new_status": None if found is None else found.status,
        "new_changed_at": None if found is None else found.changed_at,
    }
