"""Receipts on which the registry may have a later word than this device."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine, bindparam, func, literal_column, or_, select

from kiosk.database.engines import reading
from kiosk.domain.operations import Outcome
from kiosk.store.tables import outbox, receipts

_NOT_THE_LAST = [
    outcome.value for outcome in (Outcome.QUARANTINED, Outcome.WITHDRAWN, Outcome.REPLACED)
]
# Decided by a supervisor since; taken back here or sent again, perhaps too late; parked here,
# whatever the registry made of it; or gone from the queue with a damaged file. What merely waits
# is answered when it is delivered.
_OPEN = (
    select(receipts.c.counter, receipts.c.operation)
    .join_from(receipts, outbox, outbox.c.sequence == receipts.c.counter, isouter=True)
    .where(
        receipts.c.counter > bindparam("after"),
        # What the disk has changed names no operation that anybody could be asked about.
        func.typeof(receipts.c.operation) == literal_column("'blob'"),
        func.length(receipts.c.operation) == literal_column("16"),
        or_(
            receipts.c.outcome.in_(_NOT_THE_LAST),
            outbox.c.parked_reason.is_not(None),
            receipts.c.outcome.is_(None) & outbox.c.sequence.is_(None),
        ),
    )
    .order_by(receipts.c.counter)
    .limit(bindparam("limit"))
)


@dataclass(frozen=True, slots=True)
class OpenReceipt:
    """A receipt and its operation."""

    counter: int
    operation: UUID


def open_receipts(engine: Engine, after: int, limit: int) -> list[OpenReceipt]:
    """Return some of them.

    Args:
        engine: The store.
        after: Only those with a greater counter.
        limit: Most of them.
    """
    with reading(engine).connect() as connection:
        rows = connection.execute(_OPEN, {"after": after, "limit": limit}).all()
    return [OpenReceipt(row.counter, UUID(bytes=row.operation)) for row in rows]
