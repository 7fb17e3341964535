"""What staff see of the queue, and of what became of everything that was in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, Select, bindparam, case, select

from kiosk.database.engines import reading
from kiosk.database.statements import driver_of, reading_odd_text
from kiosk.store.tables import outbox, receipts

_earlier = outbox.alias("earlier")
_before = (
    select(_earlier.c.sequence)
    .where(_earlier.c.subject == outbox.c.subject, _earlier.c.sequence < outbox.c.sequence)
    .where(_earlier.c.parked_reason.is_(None))
    .order_by(_earlier.c.sequence.desc())
    .limit(1)
    .scalar_subquery()
)
# Few rows follow another, so that looking through those before them costs little.
_BEHIND = case((outbox.c.follows.is_not(None), _before))
_UNANSWERED = (
    select(
        outbox.c.sequence,
        outbox.c.kind,
        outbox.c.label,
        outbox.c.made_at,
        outbox.c.attempts,
        outbox.c.not_before,
        outbox.c.claimed_until,
        outbox.c.parked_reason,
        outbox.c.last_error,
        outbox.c.handed_at,
        receipts.c.note,
        _BEHIND.label("behind"),
    )
    .join_from(outbox, receipts, receipts.c.counter == outbox.c.sequence, isouter=True)
    .order_by(outbox.c.sequence)
    .limit(bindparam("limit"))
)
_PAGE = _UNANSWERED.where(outbox.c.sequence > bindparam("after"))
_WAITING_PAGE = _PAGE.where(outbox.c.parked_reason.is_(None))
_PARKED_PAGE = _PAGE.where(outbox.c.parked_reason.is_not(None))
_ONE_WAITING = _UNANSWERED.where(outbox.c.sequence == bindparam("counter"))
_ANSWERED = (
    select(
        receipts.c.counter,
        receipts.c.kind,
        receipts.c.label,
        receipts.c.made_at,
        receipts.c.outcome,
        receipts.c.reason,
        receipts.c.decided_at,
        receipts.c.found_origin,
        receipts.c.found_status,
        receipts.c.found_changed_at,
        receipts.c.replaced_by,
        receipts.c.note,
    )
    .where(receipts.c.outcome.is_not(None))
    .order_by(receipts.c.counter.desc())
    .limit(bindparam("limit"))
)
_ANSWERED_PAGE = _ANSWERED.where(receipts.c.counter < bindparam("before"))
_ONE_ANSWERED = _ANSWERED.where(receipts.c.counter == bindparam("counter"))
LARGEST_COUNTER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class QueuedRow:
    """An unanswered operation as it lies in the outbox; instants in milliseconds.

    Attributes:
        sequence: Counter of its receipt.
        made_at: None where the disk has made it something else than a number.
        not_before: Of the monotonic clock, as is ``claimed_until``.
        behind: Counter of the same person's operation that goes before it, or None.
    """

    sequence: int
    kind: str
    label: str
    made_at: int | None
    attempts: int
    not_before: int | None
    claimed_until: int | None
    parked_reason: str | None
    last_error: str | None
    handed_at: int | None
    note: str | None
    behind: int | None


@dataclass(frozen=True, slots=True)
class AnsweredRow:
    """A receipt under which something was decided; instants in milliseconds since 1970.

    Attributes:
        made_at: None where the disk has made it something else than a number.
    """

    counter: int
    kind: str
    label: str
    made_at: int | None
    outcome: str
    reason: str | None
    decided_at: int | None
    found_origin: str | None
    found_status: str | None
    found_changed_at: int | None
    replaced_by: int | None
    note: str | None


class QueueView:
    """Reads pages of the queue and of the ledger; takes no lock that anybody waits for.

    Whatever the disk has made of a column, its row and all others can be read.

    Args:
        engine: The store.
    """

    def __init__(self, engine: Engine) -> None:
        self._reader = reading(engine)

    def unanswered(self, after: int, limit: int, *, parked: bool) -> list[QueuedRow]:
        """Return what is unanswered, oldest first.

        Args:
            after: Sequence of the last row of the page before; 0 for the first page.
            limit: Most rows.
            parked: What a person has to look at; else what goes on by itself. Each row is one of
                the two.
        """
        query = _PARKED_PAGE if parked else _WAITING_PAGE
        return [_queued(row) for row in self._rows(query, after=after, limit=limit)]

    def answered(self, before: int, limit: int) -> list[AnsweredRow]:
        """Return what was decided, newest first, up to a counter.

        Args:
            before: Counter of the last row of the page before; ``LARGEST_COUNTER`` for the first.
            limit: Most rows.
        """
        rows = self._rows(_ANSWERED_PAGE, before=before, limit=limit)
        return [_answered(row) for row in rows]

    def find(self, counter: int) -> QueuedRow | AnsweredRow | None:
        """Return what stands under a receipt."""
        for row in self._rows(_ONE_WAITING, counter=counter, limit=1):
            return _queued(row)
        for row in self._rows(_ONE_ANSWERED, counter=counter, limit=1):
            return _answered(row)
        return None

    def _rows(self, query: Select[Any], **values: int) -> Sequence[Row[Any]]:
        with (
            self._reader.connect() as connection,
            reading_odd_text(driver_of(connection), "replace"),
        ):
            return connection.execute(query, values).all()


def _queued(row: Row[Any]) -> QueuedRow:
    return QueuedRow(
        sequence=row.sequence,
        kind=_text(row.kind),
        label=_text(row.label),
        made_at=_number(row.made_at),
        # What cannot be counted any more may have been sent.
        attempts=1 if (attempts := _number(row.attempts)) is None else attempts,
        not_before=_number(row.not_before),
        claimed_until=_number(row.claimed_until),
        parked_reason=_text_if_any(row.parked_reason),
        last_error=_text_if_any(row.last_error),
        handed_at=_number(row.handed_at),
        note=_text_if_any(row.note),
        behind=row.behind,
    )


def _answered(row: Row[Any]) -> AnsweredRow:
    return AnsweredRow(
        counter=row.counter,
        kind=_text(row.kind),
        label=_text(row.label),
        made_at=_number(row.made_at),
        outcome=_text(row.outcome),
        reason=_text_if_any(row.reason),
        decided_at=_number(row.decided_at),
        found_origin=_text_if_any(row.found_origin),
        found_status=_text_if_any(row.found_status),
        found_changed_at=_number(row.found_changed_at),
        replaced_by=_number(row.replaced_by),
        note=_text_if_any(row.note),
    )


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _text_if_any(value: object) -> str | None:
    return None if value is None else _text(value)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
