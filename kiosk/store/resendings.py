"""What the registry took in lately, and sending it again to one that has lost it.

A registry that was restored from an older copy knows nothing of what it took in since. Here it is
kept for a while as it was sent, sealed to the registry, so that it can be sent again under the same
ids: what is known all the same is answered as the repetition it is.
"""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine, bindparam, insert, null, select, update

from kiosk.database.engines import reading, writing
from kiosk.database.statements import driver_sql, sql_in_order
from kiosk.domain.operations import Outcome
from kiosk.store.audit_trails import Event, append
from kiosk.store.queued_operations import Settlement
from kiosk.store.tables import delivered, outbox, receipts

# A copy of the registry that is older than this is none that anybody should have to go back to.
KEPT_DAYS = 14
_KEPT_MS = KEPT_DAYS * 24 * 3_600_000
# What was refused is not asked for again: the person was told, and may have asked anew.
_TAKEN_IN = (Outcome.ACCEPTED, Outcome.QUARANTINED)
_KEPT = [one.name for one in delivered.c if one.name in outbox.c]
_KEEP = sql_in_order(
    insert(delivered)
    .prefix_with("OR REPLACE")
    .from_select(
        [*_KEPT, "decided_at"],
        select(*(outbox.c[name] for name in _KEPT), bindparam("decided_at")).where(
            outbox.c.id == bindparam("of")
        ),
    ),
    "decided_at",
    "of",
)
_AFTER = (
    select(delivered.c.sequence, delivered.c.id)
    .where(delivered.c.sequence > bindparam("after"))
    .order_by(delivered.c.sequence)
    .limit(bindparam("limit"))
)
# By the registry's own time: no clock of this machine makes them old.
_FORGET = (
    "DELETE FROM delivered"
    " WHERE decided_at < coalesce(?, (SELECT max(decided_at) FROM delivered)) - ?"
)
_FIND = driver_sql(
    select(delivered.c.sequence, delivered.c.subject).where(delivered.c.id == bindparam("of"))
)
_BEFORE = driver_sql(
    select(outbox.c.sequence)
    .where(outbox.c.subject == bindparam("subject"), outbox.c.sequence < bindparam("sequence"))
    .order_by(outbox.c.sequence.desc())
)
_AGAIN = driver_sql(
    insert(outbox).from_select(
        [*_KEPT, "attempts", "follows"],
        select(
            *(delivered.c[name] for name in _KEPT), bindparam("attempts"), bindparam("follows")
        ).where(delivered.c.id == bindparam("of")),
    )
)
_BEHIND = driver_sql(
    update(outbox)
    .where(outbox.c.subject == bindparam("whose"), outbox.c.sequence > bindparam("number"))
    .where(outbox.c.follows.is_(None) | (outbox.c.follows < bindparam("number")))
    .values(follows=bindparam("number"))
)
_UNANSWERED = driver_sql(
    update(receipts)
    .where(receipts.c.operation == bindparam("of"))
    .values(
        outcome=null(),
        reason=null(),
        decided_at=null(),
        found_origin=null(),
        found_status=null(),
        found_changed_at=null(),
    )
)
_WAITS = driver_sql(select(outbox.c.sequence).where(outbox.c.id == bindparam("of")))


@dataclass(frozen=True, slots=True)
class Delivered:
    """An operation that the registry took in.

    Attributes:
        sequence: Its number on this device.
    """

    sequence: int
    operation: UUID


def keep(driver: sqlite3.Connection, settlements: Collection[Settlement]) -> None:
    """Keep of the operations that are about to leave the queue what the registry has taken in."""
    driver.executemany(
        _KEEP, [(one.decided_at, one.id.bytes) for one in settlements if one.outcome in _TAKEN_IN]
    )


def delivered_after(engine: Engine, after: int, limit: int) -> list[Delivered]:
    """Return some of what is kept.

    Args:
        engine: The store.
        after: Only those with a greater number.
        limit: Most of them.
    """
    with reading(engine).connect() as connection:
        rows = connection.execute(_AFTER, {"after": after, "limit": limit}).all()
    return [Delivered(row.sequence, UUID(bytes=row.id)) for row in rows]


def forget_old(engine: Engine, now_ms: int | None = None) -> None:
    """Forget what was decided so long ago that no registry goes back so far.

    Args:
        engine: The store.
        now_ms: The registry's time; None where it was not heard yet: then its last decision counts.
    """
    with writing(engine) as driver:
        driver.execute(_FORGET, (now_ms, _KEPT_MS))


def queue_again(engine: Engine, operations: Collection[UUID], now_ms: int) -> list[bytes]:
    """Queue what is kept of operations again, each in its old place among those of its person.

    Their receipts wait for an answer again.

    Args:
        engine: The store.
        operations: Which; one that is not kept, or waits already, is left alone.
        now_ms: This machine's clock.

    Returns:
        Whose operations are queued now that were not.
    """
    subjects: list[bytes] = []
    with writing(engine) as driver:
        kept = [
            (*row, one.bytes)
            for one in operations
            if driver.execute(_WAITS, {"of": one.bytes}).fetchone() is None
            for row in driver.execute(_FIND, {"of": one.bytes}).fetchall()
        ]
        for sequence, subject, operation in sorted(set(kept)):
            place = {"subject": subject, "sequence": sequence}
            before = driver.execute(_BEFORE, place).fetchone()
            follows = None if before is None else before[0]
            # It was on its way before: nothing of it can be taken back.
            driver.execute(_AGAIN, {"of": operation, "attempts": 1, "follows": follows})
            driver.execute(_BEHIND, {"whose": subject, "number": sequence})
            driver.execute(_UNANSWERED, {"of": operation})
            append(driver, Event(now_ms, "queued_again", operation))
            subjects.append(subject)
    return subjects
