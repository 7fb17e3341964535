"""Recording a person's action: the one commit between "nothing happened" and "it is on disk"."""

import sqlite3
from collections.abc import Callable

from sqlalchemy import Engine, bindparam, insert, select

from kiosk.database.engines import writing
from kiosk.database.statements import driver_sql
from kiosk.domain.receipts import ReceiptNumber
from kiosk.store.audit_trails import Event, append
from kiosk.store.queued_operations import AlreadyWaiting, NewOperation, Recorded
from kiosk.store.subject_sieves import SubjectSieve
from kiosk.store.tables import outbox, receipts
from kiosk.wire.messages import OperationMessage

# What is recorded while a person waits goes straight to the driver: put together anew each time,
# the five statements would take longer than the commit they belong to.
_EARLIER = driver_sql(
    select(
        outbox.c.sequence,
        outbox.c.kind,
        outbox.c.parked_reason,
        receipts.c.card_proof,
        receipts.c.birth_date_proof,
    )
    .join_from(outbox, receipts, receipts.c.counter == outbox.c.sequence)
    .where(outbox.c.subject == bindparam("subject"))
    .order_by(outbox.c.sequence.desc())
)
_NEW_RECEIPT = driver_sql(
    insert(receipts),
    "operation",
    "kind",
    "made_at",
    "card_proof",
    "birth_date_proof",
    "label",
    "made_by",
    "unverified",
)
_NEW_ROW = driver_sql(
    insert(outbox),
    "sequence",
    "id",
    "kind",
    "subject",
    "receipt",
    "label",
    "seen",
    "body",
    "made_by",
    "made_at",
    "digest",
    "follows",
)


def record_operation(
    engine: Engine,
    device_code: str,
    new: NewOperation,
    seen: str | None,
    sieve_of: Callable[[sqlite3.Connection], SubjectSieve],
) -> Recorded | AlreadyWaiting:
    """Record receipt, operation and audit event in one commit, which is on disk on return.

    A person's own waiting operation of the same kind is noticed instead of queueing a second; one
    with another card or date of birth is a correction of what they typed, not the same.

    Args:
        engine: The store.
        device_code: Begins the receipt.
        new: What is recorded.
        seen: Cursor of what this device knew when the person acted, or an older one.
        sieve_of: Returns whoever has something waiting, and perhaps others.
    """
    operation, kind = new.id.bytes, str(new.kind)
    proofs = {"card_proof": new.card_proof, "birth_date_proof": new.birth_date_proof}
    with writing(engine) as driver:
        sieve = sieve_of(driver)
        earlier = _earlier_of(driver, new.subject, sieve)
        same = _same_wish(new, earlier)
        if same is not None:
            return AlreadyWaiting(str(ReceiptNumber(device_code, same)))
        # Before the commit: whoever comes next waits for it, and one too many does no harm.
        sieve.add(new.subject)
        inserted = driver.execute(
            _NEW_RECEIPT,
            {
                "operation": operation,
                "kind": kind,
                "made_at": new.made_at,
                "label": new.label,
                "made_by": new.made_by,
                "unverified": 1 if new.is_unverified else None,
                **proofs,
            },
        )
        counter = inserted.lastrowid or 0
        receipt = str(ReceiptNumber(device_code, counter))
        message = OperationMessage(
            id=new.id.hex,
            kind=kind,
            receipt=receipt,
            sequence=counter,
            seen=seen,
            made_at=new.made_at,
            body=new.body,
        )
        driver.execute(
            _NEW_ROW,
            {
                "sequence": counter,
                "id": operation,
                "kind": kind,
                "subject": new.subject,
                "receipt": receipt,
                "label": new.label,
                "seen": message.seen,
                "body": new.body,
                "made_by": new.made_by,
                "made_at": new.made_at,
                "digest": message.digest(),
                "follows": earlier[0][0] if earlier else None,
            },
        )
        append(driver, Event(new.made_at, "recorded", operation))
    return Recorded(receipt)


def _earlier_of(
    driver: sqlite3.Connection, subject: bytes, sieve: SubjectSieve
) -> list[tuple[int, str, str | None, bytes | None, bytes]]:
    """Return what of a person is unanswered, newest first, in the order of the query's columns."""
    if not sieve.may_hold(subject):
        return []
    return driver.execute(_EARLIER, {"subject": subject}).fetchall()


def _same_wish(
    new: NewOperation, earlier: list[tuple[int, str, str | None, bytes | None, bytes]]
) -> int | None:
    for sequence, kind, parked, card_proof, birth_date_proof in earlier:
        proofs = (card_proof, birth_date_proof)
        if kind == new.kind and parked is None and proofs == (new.card_proof, new.birth_date_proof):
            return sequence
    return None
