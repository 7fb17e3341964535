"""The ways on for an operation that stopped: sent again, handed on, or withdrawn."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from msgspec import structs
from sqlalchemy import Connection, Executable, Row, bindparam, delete, func, insert, select, update

from kiosk.database.statements import driver_of, reading_odd_text
from kiosk.domain.operations import Outcome
from kiosk.domain.receipts import ReceiptNumber
from kiosk.store.audit_trails import note
from kiosk.store.outboxes import Outbox
from kiosk.store.queued_operations import Recorded
from kiosk.store.rounds import whole_message_of
from kiosk.store.tables import outbox, receipts
from kiosk.store.unsealed_rows import sealed_if_clear
from kiosk.wire.messages import OperationMessage
from kiosk.wire.sealed_bodies import SealingKey

_ID_BYTES = 16
_BY_SEQUENCE = select(outbox).where(
    outbox.c.sequence == bindparam("counter"), outbox.c.parked_reason.is_not(None)
)
# What was never on its way cannot have had an effect anywhere.
_WITHDRAWABLE = select(outbox).where(
    outbox.c.sequence == bindparam("counter"),
    outbox.c.parked_reason.is_not(None)
    | (
        (outbox.c.attempts == 0)
        & outbox.c.claimed_until.is_(None)
        & (outbox.c.sequence > bindparam("carried"))
    ),
)
_BEFORE = select(func.max(outbox.c.sequence)).where(outbox.c.subject == bindparam("whose"))
_RECEIPT = select(receipts).where(receipts.c.counter == bindparam("counter"))

_log = logging.getLogger(__name__)


class ParkedOperations:
    """Acts of staff on operations of one device that a person has to look at.

    Each is one commit. An operation that does not stand so, or is gone, is left alone: then they
    return None or False.

    Args:
        queue: Whose operations they are.
        key: Returns what is sealed to, for what an older program recorded in clear.
    """

    def __init__(self, queue: Outbox, key: Callable[[], SealingKey | None] = lambda: None) -> None:
        self._key = key
        self._queue = queue
        self._engine = queue.engine

    def send_again(self, counter: int, new_id: UUID, by: str, now_ms: int) -> Recorded | None:
        """Queue the same wish as a new operation that names the first one.

        It keeps what the device knew when the person acted, and the place among the person's other
        wishes, so it overwrites nothing that was asked for later. A damaged one is not sent again.

        Args:
            counter: Of the parked operation's receipt.
            new_id: UUIDv7.
            by: Who did it.
            now_ms: This machine's clock.
        """
        with self._engine.begin() as connection:
            row = _row(connection, _BY_SEQUENCE, counter=counter)
            if row is None or whole_message_of(row) is None:
                return None
            receipt = self._new_receipt(connection, counter, new_id)
            new_counter = receipt.counter
            self._queue_anew(connection, row, receipt, new_id)
            self._close(connection, row, Outcome.REPLACED, now_ms, replaced_by=new_counter)
            _note(connection, now_ms, "sent_again", row.id, f"{by}: {receipt}")
            _note(connection, now_ms, "recorded", new_id.bytes, by)
        said = {"operation": new_id, "receipt": str(receipt), "replaces": _named(row.id)}
        _log.info("operation_sent_again", extra=said)
        return Recorded(str(receipt))

    def hand_over(self, counter: int, note: str, by: str, now_ms: int) -> bool:
        """Mark an operation as waiting for a supervisor, with what is to be known of it."""
        with self._engine.begin() as connection:
            row = _row(connection, _BY_SEQUENCE, counter=counter)
            if row is None:
                return False
            connection.execute(
                update(outbox).where(outbox.c.sequence == counter).values(handed_at=now_ms)
            )
            connection.execute(
                update(receipts).where(receipts.c.counter == counter).values(note=note)
            )
            _note(connection, now_ms, "handed_over", row.id, f"{by}: {note}")
        _log.info("operation_handed_over", extra={"operation": _named(row.id)})
        return True

    def withdraw(self, counter: int, note: str, by: str, now_ms: int) -> bool:
        """Take a parked operation, or one never tried, out of the queue, with the reason.

        Should the registry have had it all the same, its word comes with the feed and counts.
        """
        with self._engine.begin() as connection:
            carried = self._queue.may_have_left()
            row = _row(connection, _WITHDRAWABLE, counter=counter, carried=carried)
            if row is None:
                return False
            self._close(connection, row, Outcome.WITHDRAWN, now_ms, note=note)
            _note(connection, now_ms, "withdrawn", row.id, f"{by}: {note}")
        self._queue.left(1)
        _log.info("operation_given_up", extra={"operation": _named(row.id)})
        return True

    def _new_receipt(self, connection: Connection, counter: int, new_id: UUID) -> ReceiptNumber:
        old = _row(connection, _RECEIPT, counter=counter)
        assert old is not None  # noqa: S101 - the row that refers to it has just been read
        key = connection.execute(
            insert(receipts).values(
                operation=new_id.bytes,
                kind=old.kind,
                made_at=old.made_at,
                card_proof=old.card_proof,
                birth_date_proof=old.birth_date_proof,
                label=old.label,
                made_by=old.made_by,
                unverified=old.unverified,
            )
        ).inserted_primary_key
        assert key is not None  # noqa: S101 - a single-row insert always has one
        return ReceiptNumber(self._queue.device_code, key[0])

    def _queue_anew(
        self, connection: Connection, row: Row[Any], receipt: ReceiptNumber, new_id: UUID
    ) -> None:
        first = row.id if row.replaces is None else row.replaces
        acted = row.sequence if row.acted_sequence is None else row.acted_sequence
        message = OperationMessage(
            id=new_id.hex,
            kind=row.kind,
            receipt=str(receipt),
            sequence=acted,
            seen=row.seen,
            made_at=row.made_at,
            body=row.body,
            replaces=first.hex(),
        )
        body = sealed_if_clear(row.body, self._key(), message)
        message = structs.replace(message, body=body)
        connection.execute(
            insert(outbox).values(
                sequence=receipt.counter,
                id=new_id.bytes,
                kind=row.kind,
                subject=row.subject,
                receipt=str(receipt),
                label=row.label,
                seen=row.seen,
                body=body,
                made_by=row.made_by,
                made_at=row.made_at,
                digest=message.digest(),
                replaces=first,
                acted_sequence=acted,
                follows=connection.execute(_BEFORE, {"whose": row.subject}).scalar_one(),
            )
        )

    def _close(
        self,
        connection: Connection,
        row: Row[Any],
        outcome: Outcome,
        now_ms: int,
        **more: object,
    ) -> None:
        connection.execute(
            update(receipts)
            .where(receipts.c.counter == row.sequence)
            .values(outcome=outcome, decided_at=now_ms, **more)
        )
        connection.execute(delete(outbox).where(outbox.c.sequence == row.sequence))


def _row(connection: Connection, query: Executable, **values: int) -> Row[Any] | None:
    with reading_odd_text(driver_of(connection), "replace"):
        return connection.execute(query, values).one_or_none()


def _named(said: object) -> UUID | None:
    return UUID(bytes=said) if isinstance(said, bytes) and len(said) == _ID_BYTES else None


def _note(connection: Connection, at: int, event: str, said: object, detail: str) -> None:
    # What the disk has changed may not even be bytes any more.
    operation = said if isinstance(said, bytes) else None
    note(connection, at, event, operation, detail)
